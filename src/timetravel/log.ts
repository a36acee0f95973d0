// The leads of a location and their logs, read in pages for a backtest: memory stays bounded, and nothing is written.

import { eventsOf } from "../events/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { listLeads } from "../leads/index.ts";
import { openLiveModels } from "../scoring/index.ts";
import type { Place } from "../turns/index.ts";
import { compile, openPublications, type Publication, readSources, type SourceFile } from "../workflows/index.ts";
import { type BacktestSums, draftedOf, type LeadBacktest, openBacktest } from "./backtest.ts";

export interface DraftOnThePast {
  readonly location: string;
  readonly place: Place;
  /** Take the place of the live files of the same name, beside the others. */
  readonly files: readonly SourceFile[];
  readonly since: Instant;
  readonly until: Instant;
  /** Leads looked at, at most. */
  readonly most?: number;
}

const PAGE = 100;

/**
 * @param sums are told what the draft is, before the first lead
 * @throws InvalidInput when the draft does not compile, or nothing is live that it could be held beside
 */
export async function* backtest(
  database: Database,
  asked: DraftOnThePast,
  sums?: Pick<BacktestSums, "begin">,
): AsyncGenerator<LeadBacktest> {
  const { location, place, since, until, most = Number.POSITIVE_INFINITY } = asked;
  const { live, sources, scorers } = await database.transaction([location], async (sql) => ({
    scorers: await openLiveModels({ clock: { elapsed: () => 0 }, refused: () => {} }).of(sql, location),
    live: await openPublications().live(sql, location),
    sources: await readSources(sql, location),
  }));
  if (live === undefined)
    throw new InvalidInput("Nothing is live at this location: there is nothing to hold it beside.");
  const draft = draftOf(location, sources, asked.files);
  const names = new Set(asked.files.map(({ file }) => nameOf(file)));
  sums?.begin(draftedOf(live, draft, (file) => names.has(nameOf(file)), { since, until }));
  const played = await openBacktest({ location, place, live, draft, scorers, since, until });
  let after: string | undefined;
  for (let seen = 0; seen < most; ) {
    const limit = Math.min(PAGE, most - seen);
    const page = await database.transaction([location], async (sql) => {
      const leads = await listLeads(sql, location, { ...(after === undefined ? {} : { after }), limit });
      const ids = leads.map(({ id }) => id);
      return { ids, events: await eventsOf(sql, location, ids, undefined, 0) };
    });
    for (const id of page.ids) yield played.lead(id, page.events.get(id) ?? []);
    seen += page.ids.length;
    after = page.ids.at(-1);
    if (page.ids.length < limit) return;
  }
}

function draftOf(location: string, sources: readonly SourceFile[], files: readonly SourceFile[]): Publication {
  const own = new Set(files.map(({ file }) => nameOf(file)));
  const all = [...sources.filter(({ file }) => !own.has(nameOf(file))), ...files];
  const { content, diagnostics } = compile(all, { location });
  if (content !== undefined) return { ...content, publishedAt: 0 };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  throw new InvalidInput(
    "The draft has errors beside what is live. A file that replaces a live one must have its name.",
    "invalid-input",
    errors
      .slice(0, 20)
      .map(({ file, line, column, message }) => ({ field: `${file}:${line}:${column}`, detail: message })),
  );
}

const nameOf = (file: string): string => file.split("/").at(-1) ?? file;
