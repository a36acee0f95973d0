// Ranks the leads of a town: features as of an instant, learned on an earlier window, held against the rule score and the
// oracle on a later one. One lead is in memory at a time, but for the rows.

import { chanceOf } from "../simulator/chance.ts";
import type { Climate } from "../simulator/town/climate.ts";
import { withDerived } from "../simulator/town/derived.ts";
import { townCatalog } from "../simulator/town/log.ts";
import { oracle } from "../simulator/town/oracle.ts";
import { type Told, type ToldOptions, tellLead } from "../simulator/town/told.ts";
import { observe as observeBehavior, openBook, startWith } from "../src/behavior/index.ts";
import { BUILT_IN, type LeadEvent } from "../src/events/index.ts";
import { DAY, type Instant } from "../src/kernel/time.ts";
import { columnsFor, type Examples, openExamples, QUESTIONS, type Table } from "../src/scoring/index.ts";
import { draws } from "../src/scoring/learn/draws.ts";
import type { Model } from "../src/scoring/learn/model.ts";
import { ready } from "../src/scoring/learn/predict.ts";
import { readingOf, scoreByRules } from "../src/turns/index.ts";

export const FROM: Instant = Date.UTC(2026, 0, 5);
const ZONE = "America/Chicago";
/** Leads come over the first five months of six. */
const ARRIVING = 150;
/** Rows to learn from are of the first three months; their outcomes are known at the end of the fourth. */
const LEARNED_UNTIL = 120;
/** Rows to be ranked are of the fifth, and their outcomes known at the end of the sixth. */
const DAYS = 180;
const CHUNK = 250;

/** As turns read the events of a location that has the town's fields, and no folder. */
export const { reading: READING } = readingOf(undefined, townCatalog(0));

export interface TownRows {
  readonly leads: number;
  readonly seed: number;
  readonly climate?: (at: Instant) => Climate;
  readonly biases?: ToldOptions["biases"];
  /** Without rows to learn from, where a model is there already. */
  readonly onlyLater?: boolean;
}

/** A lead at one instant of the later month, as far as evaluation needs it. */
export interface Ranked {
  readonly told: Pick<Told, "id" | "lead" | "plan" | "standing" | "twin">;
  readonly at: Instant;
  readonly label: number;
  /** The rule score. */
  readonly rule: number;
}

export interface Windows {
  /** About weekly rows of each lead. */
  readonly learned: Examples;
  /** At most one row a lead, so that rows do not speak of each other. */
  readonly later: Table;
  readonly ranked: readonly Ranked[];
  /** Leads, events and days that were lived. */
  readonly lived: { readonly events: number; readonly leadDays: number };
}

export const bornOf = (key: number, leads: number, seed: number): Instant =>
  FROM + Math.floor(((key - 0.5 + (chanceOf(seed, key).u("born") - 0.5) * 0.9) / leads) * ARRIVING * DAY);

export const toldOf = (key: number, { leads, seed, climate, biases }: TownRows): Told[] =>
  tellLead(key, bornOf(key, leads, seed), {
    seed,
    zone: ZONE,
    until: FROM + DAYS * DAY,
    doubles: true,
    ...(climate === undefined ? {} : { climate }),
    ...(biases === undefined ? {} : { biases }),
  });

export const eventsOf = (told: Told): LeadEvent[] => withDerived("town", told.id, told.events);

export function windowsOf(town: TownRows): Windows {
  const learned = openExamples({
    until: FROM + LEARNED_UNTIL * DAY,
    seed: "town",
    most: Number.POSITIVE_INFINITY,
  });
  const later = rowsOf();
  const ranked: Ranked[] = [];
  let events = 0;
  let leadDays = 0;
  for (let first = 1; first <= town.leads; first += CHUNK) {
    const chunk = openExamples({
      from: FROM + LEARNED_UNTIL * DAY,
      until: FROM + DAYS * DAY,
      seed: "town",
    });
    const known = new Map<string, { told: Told; events: LeadEvent[] }>();
    for (let key = first; key < Math.min(first + CHUNK, town.leads + 1); key += 1) {
      for (const told of toldOf(key, town)) {
        const own = eventsOf(told);
        if (town.onlyLater !== true) learned.add(told.id, own, READING);
        chunk.add(told.id, own, READING);
        known.set(told.id, { told, events: own });
        events += own.length;
      }
      leadDays += (FROM + DAYS * DAY - bornOf(key, town.leads, town.seed)) / DAY;
    }
    const table = chunk.table();
    // the oracle lives nobody who has booked, and nobody of the town does so twice
    const booked = table.cells[table.columns.findIndex(({ name }) => name === "appointments")];
    const unbooked = (row: number) => booked?.[row] === 0;
    for (const row of oneALead(table, unbooked, town.seed + first)) {
      const { told, events: own } = known.get(table.leads[table.lead[row] as number] as string) as {
        told: Told;
        events: LeadEvent[];
      };
      const at = table.at[row] as number;
      const label = table.labels[row] as number;
      later.push(table, row);
      const { id, lead, plan, standing, twin } = told;
      ranked.push({
        told: { id, lead, plan, standing, ...(twin === undefined ? {} : { twin }) },
        at,
        label,
        rule: ruleScore(own, told.plan.entered, at),
      });
    }
  }
  return { learned: learned.table(), later: later.table(), ranked, lived: { events, leadDays } };
}

/** The month in parts of six days. */
const PARTS = 5;

/**
 * At most one row of each lead: that of a part of the month which is drawn for it. Drawn among its own rows, whoever books
 * soon, and so has few, would be met more often than in life.
 */
function oneALead({ lead, at, rows }: Examples, isRanked: (row: number) => boolean, seed: number): number[] {
  const first = new Map<string, number>();
  const leads = new Set<number>();
  for (let row = 0; row < rows; row += 1) {
    if (!isRanked(row)) continue;
    leads.add(lead[row] as number);
    const part = Math.floor(((at[row] as number) - FROM - LEARNED_UNTIL * DAY) / (6 * DAY));
    const place = `${lead[row]} ${part}`;
    if (!first.has(place)) first.set(place, row);
  }
  const next = draws(seed);
  return [...leads].flatMap((one) => {
    const row = first.get(`${one} ${Math.floor(next() * PARTS)}`);
    return row === undefined ? [] : [row];
  });
}

function rowsOf() {
  const columns = columnsFor("score");
  const cells: number[][] = columns.map(() => []);
  const labels: number[] = [];
  return {
    push(from: Table, row: number) {
      cells.forEach((column, place) => void column.push(from.cells[place]?.[row] as number));
      labels.push(from.labels[row] as number);
    },
    table: (): Table => ({
      columns,
      rows: labels.length,
      cells: cells.map((column) => Float64Array.from(column)),
      labels: Uint8Array.from(labels),
    }),
  };
}

const BOOK = openBook({ vocabulary: BUILT_IN, rules: [], questions: QUESTIONS });

/** The rule score at an instant, from the behavior room's own folding. Rows are of leads without an appointment. */
export function ruleScore(events: readonly LeadEvent[], created: Instant, at: Instant): number {
  let state = startWith(BOOK, created);
  for (const event of events) {
    if (event.at > at) break;
    state = observeBehavior(state, event, { book: BOOK, holds: () => false });
  }
  return scoreByRules(state, at, false).score;
}

/** What the oracle says of these rows. Who has two records is left out: the oracle lives one. */
export function oracleOf(
  rows: readonly Ranked[],
  { seed, climate, biases }: TownRows,
  replicas: number,
): { readonly chances: Float64Array; readonly labels: Uint8Array; readonly place: Int32Array } {
  const plain = rows.map((row, place) => ({ ...row, place })).filter(({ told }) => told.twin === undefined);
  return {
    chances: Float64Array.from(plain, ({ told, at }) =>
      oracle({
        ...{ seed, zone: ZONE, key: told.lead.key, born: told.lead.born, at, days: 30, replicas },
        ...(climate === undefined ? {} : { climate }),
        ...(biases === undefined ? {} : { biases }),
      }),
    ),
    labels: Uint8Array.from(plain, ({ label }) => label),
    place: Int32Array.from(plain, ({ place }) => place),
  };
}

/** What a model says of rows. */
export function chancesOf(model: Model, { cells, rows }: Pick<Table, "cells" | "rows">): Float64Array {
  const { chance } = ready(model);
  return Float64Array.from({ length: rows }, (_, row) => chance(cells.map((column) => column[row] as number)));
}

export const rulesOf = (ranked: readonly Ranked[]): Float64Array => Float64Array.from(ranked, ({ rule }) => rule);

/** Of some of the rows, in their order. */
export const at = <T extends Float64Array | Uint8Array>(values: T, places: Int32Array): number[] =>
  Array.from(places, (place) => values[place] as number);

/** The same rows with their labels dealt anew: what is learned from them is nothing. */
export function shuffled(table: Table, seed: number): Table {
  const labels = Uint8Array.from(table.labels);
  const next = draws(seed);
  for (let i = labels.length - 1; i > 0; i -= 1) {
    const other = Math.floor(next() * (i + 1));
    [labels[i], labels[other]] = [labels[other] as number, labels[i] as number];
  }
  return { ...table, labels };
}
