// Whom a lead is held against where other leads are asked for: looks at leads of its own location, made of its log as a
// training makes them, one of each lead. The same log gives the same ones.

import { InvalidInput } from "../../kernel/errors.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Background } from "../explain/lead.ts";
import { knownFrom, openExamples, openWeeks } from "../features/examples.ts";
import { homeOf } from "../features/marks.ts";
import type { Reading } from "../features/tally.ts";
import { draws } from "../learn/draws.ts";
import type { ChanceScorer, ChurnScorer } from "../scorers.ts";
import { leadsAround, type ReadPage, somewhere } from "./log.ts";

/** An explanation against more is no steadier than its reader, and costs as much more. */
const MOST_LEADS = 100;
/** Fewer are nobody in particular. */
const LEAST_LEADS = 30;
/** Events that are read at most: some leads have no look whose outcome is known. */
const MOST_EVENTS = 50_000;

export interface BackgroundNeeds {
  readonly location: string;
  /** What was not known by then is not read. */
  readonly asOf: Instant;
  /** The location's log, in pages: between two of them others have the thread. */
  readonly readPage: ReadPage;
  readonly reading: Reading;
}

/**
 * Rows under the columns of a scorer's model.
 *
 * @throws InvalidInput where fewer leads than `LEAST_LEADS` have a look whose outcome was known
 */
export async function drawBackground(
  scorer: ChanceScorer | ChurnScorer,
  { location, asOf, readPage, reading }: BackgroundNeeds,
): Promise<Background> {
  const { columns } = scorer.model;
  const options = { until: asOf, seed: location, columns };
  const maker =
    "days" in scorer ? openWeeks(options) : openExamples({ ...options, ...(scorer.aim && { aim: scorer.aim }) });
  const next = draws(homeOf(location));
  let events = 0;
  for await (const log of leadsAround(readPage, somewhere(next))) {
    const known = log.events.filter((event) => knownFrom(event) <= asOf);
    maker.add(log.lead, known, reading);
    events += log.events.length;
    if (maker.table().leads.length === MOST_LEADS || events >= MOST_EVENTS) break;
  }
  const table = maker.table();
  const looks = table.leads.map((): number[] => []);
  for (let row = 0; row < table.rows; row += 1) looks[table.lead[row] as number]?.push(row);
  if (looks.length < LEAST_LEADS)
    throw new InvalidInput(
      `Too few leads to hold it against: ${looks.length} of ${LEAST_LEADS} of this location had a look whose outcome was known. Ask for the path-dependent form.`,
    );
  const rows = looks.map((its) => {
    const row = its[Math.floor(next() * its.length)] as number;
    return Float64Array.from(table.cells, (cells) => cells[row] as number);
  });
  return { rows, asOf };
}
