// How a location's events are read: which of them are something the lead did, and what its fields are called. Turns fold
// tallies with it, and whoever learns from the log, or tells of silences, asks for the same: else a model would be taught
// and judged on rows that no turn ever sees.

import { BUILT_IN, type Vocabulary } from "../events/index.ts";
import { own } from "../kernel/json.ts";
import { type Catalog, type CatalogParts, openCatalog } from "../leads/index.ts";
import type { Reading } from "../scoring/index.ts";
import type { Publication } from "../workflows/index.ts";

export interface LocationReading {
  readonly vocabulary: Vocabulary;
  readonly catalog: Catalog;
  readonly reading: Reading;
}

/** Of what the folder declares and what the CRM's ids stand for. Without a folder: the built-in behaviors, the CRM's keys. */
export function readingOf(
  published: Pick<Publication, "events" | "fields"> | undefined,
  parts: CatalogParts,
): LocationReading {
  const { events, fields } = published ?? { events: {}, fields: {} };
  const vocabulary = vocabularyOf({ events });
  const catalog = openCatalog({ ...parts, declared: fields });
  const { behaviors } = vocabulary;
  return {
    vocabulary,
    catalog,
    reading: {
      isAct: (type) => Object.hasOwn(behaviors, type),
      fieldNames: (field) => namesOf(catalog, field),
    },
  };
}

/** The folder's name of a field, the CRM's key, and what the CRM shows today; of one that nobody knows, what it was asked by. */
function namesOf({ fields, subjects }: Catalog, asked: string): readonly string[] {
  const field = own(fields, asked) ?? own(subjects, asked);
  if (field === undefined) return [asked];
  return [field.subject, field.key, ...(field.name === undefined ? [] : [field.name])];
}

/** The built-in vocabulary and the folder's own. */
export function vocabularyOf({ events }: Pick<Publication, "events">): Vocabulary {
  const all = Object.entries(events);
  return {
    behaviors: {
      ...BUILT_IN.behaviors,
      ...Object.fromEntries(
        all.flatMap(([type, { weight, impact }]) =>
          weight === undefined ? [] : [[type, { weight, impact: impact ?? 0 }] as const],
        ),
      ),
    },
    events: {
      ...BUILT_IN.events,
      ...Object.fromEntries(all.map(([type, { properties }]) => [type, Object.keys(properties)])),
    },
  };
}
