// What a location has, as far as reading its leads needs it: who works there, and what ids stand for.

import { own } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";

/** Built once per location and change of its catalog or publication; a turn reads it only. */
export interface Catalog {
  /** Contacts added from here on are new leads; those before were there already. */
  readonly installedAt: Instant;
  readonly users: Readonly<Record<string, User>>;
  /** By stage id. */
  readonly stages: Readonly<Record<string, Stage>>;
  /** Names of pipelines and calendars by id. */
  readonly pipelines: Readonly<Record<string, string>>;
  readonly calendars: Readonly<Record<string, string>>;
  /** Names of the CRM's own workflows by id. */
  readonly workflows: Readonly<Record<string, string>>;
  /** Ids of the above that the CRM no longer names: old decisions speak of them, new writes do not. */
  readonly gone: ReadonlySet<string>;
  /** Custom field id to its field. */
  readonly fields: Readonly<Record<string, CustomField>>;
  /** Subject (`contact.custom.budget`) to the field it reads. */
  readonly subjects: Readonly<Record<string, CustomField>>;
}

export interface Stage {
  readonly name: string;
  /** Name of its pipeline, and the id. */
  readonly pipeline?: string;
  readonly pipelineId?: string;
}

export interface User {
  readonly name?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  /** The number that the CRM gave them at this location, E.164. */
  readonly lcPhone?: string;
  readonly available?: boolean;
}

export interface CustomField {
  readonly id: string;
  /** The CRM's key without `contact.`: what a template writes after `contact.custom.`. */
  readonly key: string;
  /** What the CRM shows; it can be renamed, the key stays. */
  readonly name?: string;
  /** `contact.custom.<name>` as the workflow folder calls it. */
  readonly subject: string;
  /** The folder's type where it declares one: text, number, money, date, … */
  readonly type?: string;
}

export interface CatalogParts {
  readonly installedAt: Instant;
  readonly users?: Catalog["users"];
  readonly stages?: Catalog["stages"];
  readonly pipelines?: Catalog["pipelines"];
  readonly calendars?: Catalog["calendars"];
  readonly workflows?: Catalog["workflows"];
  readonly gone?: readonly string[];
  /** Custom field id to the CRM's key, with or without its `contact.`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Custom field id to the name that the CRM shows. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** The folder's own names for custom fields: `Publication.fields`. */
  readonly declared?: Readonly<Record<string, { readonly type: string; readonly crm?: string }>>;
}

const CUSTOM = "contact.custom.";

export function openCatalog(parts: CatalogParts): Catalog {
  const declared = new Map(
    Object.entries(parts.declared ?? {}).map(([subject, { type, crm }]) => [
      bare(crm ?? subject.slice(CUSTOM.length)),
      { subject, type },
    ]),
  );
  const fields: Record<string, CustomField> = {};
  const subjects: Record<string, CustomField> = {};
  for (const [id, crmKey] of Object.entries(parts.fields ?? {})) {
    const key = bare(crmKey);
    const name = own(parts.fieldNames ?? {}, id);
    const field: CustomField = {
      ...{ id, key, subject: CUSTOM + key },
      ...(name === undefined ? {} : { name }),
      ...declared.get(key),
    };
    fields[id] = field;
    subjects[CUSTOM + key] ??= field;
    subjects[field.subject] = field;
  }
  return {
    installedAt: parts.installedAt,
    users: parts.users ?? {},
    stages: parts.stages ?? {},
    pipelines: parts.pipelines ?? {},
    calendars: parts.calendars ?? {},
    workflows: parts.workflows ?? {},
    gone: new Set(parts.gone),
    fields,
    subjects,
  };
}

const bare = (key: string): string => (key.startsWith("contact.") ? key.slice("contact.".length) : key);
