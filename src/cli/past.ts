// Commands about the past of a location: deciding a lead's turns again, or a draft's on what has happened. They write nothing.

import type { Premises } from "../app/premises.ts";
import { readConfig } from "../config.ts";
import { InvalidInput, Unavailable } from "../kernel/errors.ts";
import { DAY, iso } from "../kernel/time.ts";
import { deriveKey } from "../tenancy/index.ts";
import {
  type BacktestFigures,
  backtest,
  type LeadBacktest,
  openSums,
  type Replayed,
  replayLead,
  type SideFigures,
} from "../timetravel/index.ts";
import { openPlaces, type Place } from "../turns/index.ts";
import { filesAt } from "./files.ts";
import { catalogsFor, domainNow, inHouse, onlyLocation } from "./house.ts";
import { hereOrThere } from "./remote.ts";
import { type Said, said } from "./said.ts";
import { leadMeant, leadsHere } from "./which-lead.ts";

interface ReplayOptions {
  readonly lead: string | undefined;
  readonly location: string | undefined;
  readonly json: boolean;
}

export async function replay({ lead: typed, location, json }: ReplayOptions): Promise<Said> {
  if (typed === undefined) throw new InvalidInput("Expected: replay LEAD [--location ID]");
  return atLocation(location, async (premises, id, place) => {
    const lead = await leadMeant(typed, leadsHere(premises, id));
    const key = deriveKey(premises.secret, "address");
    const replayed = await premises.database.transaction([id], (sql) => replayLead(sql, id, lead, place, key));
    if (replayed === undefined) throw new InvalidInput(`No turn of ${lead} is recorded at ${id}.`);
    const exit = replayed.difference === undefined ? 0 : 1;
    return said(json, replayed, inWords(lead, replayed), exit);
  });
}

function inWords(lead: string, { turns, decisions, moved, difference }: Replayed): string {
  const moves = moved === 0 ? "" : ` ${moved} name another line of a file: it has been edited since, not what it does.`;
  if (difference === undefined) {
    return `Same. ${turns} turns of ${lead} were decided again: ${decisions} decisions, its state and its runs are as they were saved.${moves}`;
  }
  const { turn, at, what, stored, replayed } = difference;
  const where =
    turn === undefined ? "after the last turn" : `in turn ${turn}${at === undefined ? "" : ` (${iso(at)})`}`;
  const pair =
    stored === undefined && replayed === undefined
      ? ""
      : `\n  stored:   ${JSON.stringify(stored)}\n  replayed: ${JSON.stringify(replayed)}`;
  return `Not the same. ${turns} turns of ${lead} came out alike; first difference ${where}: ${what}.${pair}`;
}

interface BacktestOptions {
  readonly file: string | undefined;
  readonly since: string;
  readonly location: string | undefined;
  readonly json: boolean;
}

/** How many of the messages that only a draft would have sent are printed. */
const SHOWN = 20;

export async function backtestDraft({ file, since, location, json }: BacktestOptions): Promise<Said> {
  if (file === undefined) throw new InvalidInput("Expected: backtest FILE|FOLDER [--since 30d] [--location ID]");
  if (!/^[1-9]\d{0,2}d$/.test(since)) throw new InvalidInput("--since: expected days, 1d to 999d");
  const days = Number.parseInt(since, 10);
  const files = await filesAt(file);
  const kept = openCollection(json);
  const figures = await hereOrThere<BacktestFigures>(
    readConfig(process.env),
    async (premises) => {
      const id = onlyLocation(premises, location);
      const until = await domainNow(premises, id);
      const sums = openSums();
      const asked = { location: id, place: await placeOf(premises, id), files, since: until - days * DAY, until };
      let done = 0;
      for await (const lead of backtest(premises.database, asked, sums)) {
        sums.add(lead);
        kept.add(lead);
        done += 1;
        if (done % 100 === 0) process.stderr.write(`  ${done} leads\n`);
      }
      return sums.read();
    },
    async (ask, at) => {
      const path = `/v1/locations/${await at(location)}/workflows/backtest`;
      const answer = await ask<readonly (LeadBacktest | { summary: BacktestFigures; more: boolean })[]>(path, {
        files: files.map(({ file, text }) => ({ file, text })),
        since,
      });
      const last = answer.at(-1);
      if (last === undefined || !("summary" in last)) throw new Unavailable("The answer broke off. Ask again.");
      for (const line of answer) if (!("summary" in line)) kept.add(line);
      if (last.more) process.stderr.write(`Only the first ${last.summary.leads} leads were looked at.\n`);
      return last.summary;
    },
  );
  const text = json
    ? [...kept.lines, JSON.stringify({ summary: figures })].join("\n")
    : besideText(figures, days, kept.shown);
  return { text, exit: figures.failed === 0 ? 0 : 1 };
}

/** What is printed of single leads: all of each for machines, for people the first messages that are the draft's alone. */
function openCollection(json: boolean) {
  const lines: string[] = [];
  const shown: string[] = [];
  return {
    lines,
    shown,
    add(lead: LeadBacktest) {
      if (json) lines.push(JSON.stringify(lead));
      for (const { at, workflow, step, channel } of lead.draft.messages) {
        const also = lead.live.messages.some((one) => one.at === at && one.workflow === workflow && one.step === step);
        if (!also && shown.length < SHOWN) shown.push(`  ${iso(at)}  ${lead.lead}  ${workflow}/${step}  ${channel}`);
      }
    },
  };
}

/** Draft and live, side by side; what the draft changes nothing of, and whom it would have let in nobody, in plain words. */
export function besideText(figures: BacktestFigures, days: number, shown: readonly string[]): string {
  const { leads, live, draft, onlyLive, onlyDraft, failed, unknown } = figures;
  const row = (name: string, of: (side: SideFigures) => Readonly<Record<string, number>>) =>
    [...new Set([...Object.keys(of(live)), ...Object.keys(of(draft))])]
      .sort()
      .map(
        (key) =>
          `  ${`${name} ${key}`.padEnd(52)} ${String(of(live)[key] ?? 0).padStart(8)} ${String(of(draft)[key] ?? 0).padStart(8)}`,
      );
  const sent = ({ messages }: SideFigures) =>
    Object.fromEntries(
      Object.entries(messages).flatMap(([workflow, channels]) =>
        Object.entries(channels).map(([channel, times]) => [`${workflow} by ${channel}`, times]),
      ),
    );
  return [
    `${leads} leads over the last ${days === 1 ? "day" : `${days} days`}. ${" ".repeat(28)}     live    draft`,
    ...row("entered", (side) => side.entered),
    ...row("sent", sent),
    ...row("held", (side) => side.held),
    ...row("not sent", (side) => side.blocked),
    ...row("two messages", (side) => ({ "within a minute": side.close })),
    `  Written to only by what is live: ${onlyLive} leads; only by the draft: ${onlyDraft}.`,
    ...(failed === 0 ? [] : [`  ${failed} leads could not be decided.`]),
    ...plainly(figures),
    ...(shown.length === 0
      ? []
      : ["", "Messages of the draft that what is live would not have sent then, the first of them:", ...shown]),
    "",
    "What a backtest cannot know:",
    ...unknown.map((line) => `  - ${line}`),
  ].join("\n");
}

/** That a draft is what is live, and which of its workflows nobody would have come into, and why. */
function plainly({ drafted, leads, draft }: BacktestFigures): string[] {
  if (drafted === undefined) return [];
  const { same, workflows, since, until } = drafted;
  const when = `from ${iso(since)} to ${iso(until)}`;
  const lines = workflows.flatMap(({ workflow, same: unchanged, enroll, byHand }) => {
    const told = unchanged && !same ? [`${workflow} is what is live: this draft changes nothing of it.`] : [];
    if ((draft.entered[workflow] ?? 0) > 0) return told;
    const nobody = `Nobody would have come into ${workflow} ${when}:`;
    const turned = Object.entries(draft.turned[workflow] ?? {}).sort(([, a], [, b]) => b - a);
    const times = turned.reduce((sum, [, n]) => sum + n, 0);
    const begins = enroll.join(", ");
    if (leads === 0) return [...told, `${nobody} no lead is known here yet. "latchkey import" reads those of the CRM.`];
    if (times > 0) {
      const against = turned.map(([code, n]) => `${code} ${n}`).join(", ");
      return [
        ...told,
        `${nobody} it was begun ${count(times, "time")} (${begins}), and each time turned away: ${against}.`,
      ];
    }
    if (byHand === true)
      return [...told, `${nobody} it begins ${begins}, and a backtest repeats nothing that was begun by hand or API.`];
    return [...told, `${nobody} of ${count(leads, "lead")} none met what begins it (${begins}).`];
  });
  const all = same ? ["The draft is what is live: publishing it would change nothing."] : [];
  return [...all, ...lines].flatMap((line) => ["", line]);
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** In the house, at the location that is named, or the only one. */
const atLocation = <T>(
  named: string | undefined,
  work: (premises: Premises, location: string, place: Place) => Promise<T>,
): Promise<T> =>
  inHouse(async (premises) => {
    const location = onlyLocation(premises, named);
    return work(premises, location, await placeOf(premises, location));
  });

const placeOf = async (premises: Premises, location: string): Promise<Place> =>
  openPlaces(premises.installations, await catalogsFor(premises, location))(location);
