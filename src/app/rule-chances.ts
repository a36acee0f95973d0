// What the rules would have given leads at instants of the past, as chances: what the first model of a location has to
// beat. The rules' log-odds are folded from the log as a turn folds them; Platt's scaling, fitted on the rows that teach,
// makes chances of them, which is the best the rules can do.

import { type Book, observe, openBook, startWith } from "../behavior/index.ts";
import { eventsOf, type LeadEvent, type Vocabulary } from "../events/index.ts";
import type { Database } from "../kernel/sql.ts";
import { type Examples, isPool, knownFrom, placeOf, platt, QUESTIONS, sigmoid } from "../scoring/index.ts";
import { scoreByRules } from "../turns/index.ts";

/** Leads whose rows teach the scaling: it has two figures to find. */
const TEACHING_LEADS = 5_000;
const LEADS_AT_ONCE = 100;

/** The rules' two questions have no conditions. */
const HOLDS = () => undefined;

/** A location's log, or all of them, and what turns of each count as the lead's doing and for how much. */
interface Log {
  readonly database: Database;
  readonly location: string;
  vocabulary(location: string): Promise<Vocabulary>;
}

/** The chances of the judging rows. Leads have no appointment yet where one is asked whether they will. */
export async function ruleChances(log: Log, teaching: Examples, judging: Examples): Promise<Float64Array> {
  const taught = await ruleLogOdds(log, teaching, TEACHING_LEADS);
  const known = taught.flatMap((logOdds, row) => (logOdds === undefined ? [] : [{ logOdds, row }]));
  const { intercept, slope } = platt({
    logOdds: known.map(({ logOdds }) => logOdds),
    labels: Uint8Array.from(known, ({ row }) => teaching.labels[row] as number),
  });
  const judged = await ruleLogOdds(log, judging, Number.POSITIVE_INFINITY);
  return Float64Array.from(judged, (logOdds) => sigmoid(intercept + slope * (logOdds ?? 0)));
}

/** Of the rows of `most` leads, taken evenly: of all locations, none is left out. */
async function ruleLogOdds(log: Log, rows: Examples, most: number): Promise<(number | undefined)[]> {
  const byLead = new Map<number, number[]>();
  for (let row = 0; row < rows.rows; row += 1) {
    const lead = rows.lead[row] as number;
    byLead.set(lead, [...(byLead.get(lead) ?? []), row]);
  }
  const found: (number | undefined)[] = Array.from({ length: rows.rows }, () => undefined);
  const each = Math.max(1, Math.ceil(byLead.size / most));
  const places = new Map<string, { readonly name: string; readonly rows: readonly number[] }[]>();
  for (const [lead, theirs] of [...byLead].filter((_, at) => at % each === 0)) {
    const { location, lead: name } = whereIs(log.location, rows.leads[lead] as string);
    const there = places.get(location) ?? [];
    there.push({ name, rows: theirs });
    places.set(location, there);
  }
  for (const [location, leads] of places) {
    const book = openBook({ vocabulary: await log.vocabulary(location), rules: [], questions: QUESTIONS });
    for (let from = 0; from < leads.length; from += LEADS_AT_ONCE) {
      const some = leads.slice(from, from + LEADS_AT_ONCE);
      const names = some.map(({ name }) => name);
      const logs = await log.database.transaction([location], (sql) => eventsOf(sql, location, names, undefined, 0));
      for (const one of some) {
        const instants = one.rows.map((row) => ({ row, at: rows.at[row] as number }));
        for (const { row, logOdds } of along(book, logs.get(one.name) ?? [], instants)) found[row] = logOdds;
      }
    }
  }
  return found;
}

const whereIs = (location: string, lead: string) => (isPool(location) ? placeOf(lead) : { location, lead });

/** The rules' log-odds at each instant, from what was known by then. */
function along(
  book: Book,
  events: readonly LeadEvent[],
  instants: readonly { readonly row: number; readonly at: number }[],
): { readonly row: number; readonly logOdds: number }[] {
  const known = events.toSorted((a, b) => knownFrom(a) - knownFrom(b) || a.at - b.at);
  let state = startWith(book, known[0]?.at ?? 0);
  let next = 0;
  return instants
    .toSorted((a, b) => a.at - b.at)
    .map(({ row, at }) => {
      for (let event = known[next]; event !== undefined && knownFrom(event) <= at; event = known[next]) {
        state = observe(state, event, { book, holds: HOLDS });
        next += 1;
      }
      const told = scoreByRules(state, at, false);
      return { row, logOdds: told.reasons.reduce((sum, { logOdds }) => sum + logOdds, told.base) };
    });
}
