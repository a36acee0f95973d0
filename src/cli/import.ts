// `latchkey import`: reads a location's past, in the running Latchkey or, where none holds the database, here; and
// shows how far it has come. Ended at any instant, the same command goes on.

import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { askedOf, ImportBody, type ImportView, importView, NO_PAST, ROWS_AT_ONCE } from "../app/import-routes.ts";
import { type LeadRow, type RowOutcome, takeLeads } from "../app/leads-in.ts";
import type { Premises } from "../app/premises.ts";
import { openReconciling } from "../app/reconciling.ts";
import { isTown } from "../app/town.ts";
import { type Config, readConfig, versionsOf } from "../config.ts";
import { type HighLevel, openHighLevel } from "../highlevel/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { openFacts } from "../kernel/facts.ts";
import { newId } from "../kernel/ids.ts";
import { parse } from "../kernel/request.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import { openBudget, receiveReceipts } from "../outreach/index.ts";
import { type Imported, type Imports, openImport, readImport } from "../reconcile/index.ts";
import { onlyLocation } from "./house.ts";
import { readLeads } from "./lead-rows.ts";
import { hereOrThere } from "./remote.ts";
import { type Said, said, visible, type Where } from "./said.ts";

export interface ImportOptions extends Where {
  /** Kinds, separated by commas. */
  readonly only: string | undefined;
  readonly since: string | undefined;
  readonly dryRun: boolean;
}

/** The running one is asked this often how far it is. */
const ASK: Millis = SECOND;

/** Leads out of a file: into the CRM, or, where a row names its contact, out of it. */
export async function importLeads(file: string, { json, location, map, dryRun }: FileOptions): Promise<Said> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : (error.code ?? error.message);
    throw new InvalidInput(`${file} cannot be read: ${error.code === "EISDIR" ? "it is a folder" : why}`);
  });
  const { rows, bad, ignored } = readLeads(text, map);
  const show = openProgress(json);
  const take = async (send: (batch: readonly LeadRow[]) => Promise<readonly RowOutcome[]>) => {
    const outcomes: RowOutcome[] = [];
    for (let from = 0; from < rows.length && !dryRun; from += ROWS_AT_ONCE) {
      const batch = rows.slice(from, from + ROWS_AT_ONCE);
      outcomes.push(...(await send(batch.map(({ row }) => row))));
      show.count("leads", outcomes.length, rows.length);
    }
    return outcomes;
  };
  const config = readConfig(process.env);
  const outcomes = await hereOrThere<readonly RowOutcome[]>(
    config,
    (premises) => {
      const at = onlyLocation(premises, location);
      if (isTown(at))
        throw new InvalidInput(
          "The simulated town's CRM is asked by the Latchkey that runs it: start it, and give this command the LATCHKEY_API_KEY that it was started with.",
        );
      return withApi(premises, config, (api) =>
        take((batch) => takeLeads({ ...premises, api, mailed: () => undefined }, at, batch)),
      );
    },
    async (ask, at) => {
      const place = `/v1/locations/${await at(location)}/imports/leads`;
      return take(async (batch) => (await ask<{ outcomes: RowOutcome[] }>(place, { rows: batch })).outcomes);
    },
  );
  show.end();
  const refused = outcomes.flatMap((one, n) =>
    one.outcome === "refused" ? [{ line: rows[n]?.line ?? 0, detail: one.detail }] : [],
  );
  const all = [...bad, ...refused].sort((a, b) => a.line - b.line);
  const of = (outcome: RowOutcome["outcome"]) => outcomes.filter((one) => one.outcome === outcome).length;
  const counts = {
    rows: rows.length + bad.length,
    new: of("new"),
    known: of("known"),
    read: of("read"),
    bad: all.length,
  };
  const lines = [
    dryRun
      ? `${number(rows.length)} rows are good.`
      : `${number(counts.new)} new in the CRM, ${number(counts.known)} known there, ${number(counts.read)} read by their id.`,
    ...(ignored.length === 0 ? [] : [`Columns that nothing takes: ${ignored.join(", ")}`]),
    ...all.map(({ line, detail }) => `line ${line}: ${detail}`),
  ];
  return said(json, { ...counts, ignored, errors: all }, lines.join("\n"), all.length === 0 ? 0 : 1);
}

export interface FileOptions extends Where {
  readonly map: string | undefined;
  readonly dryRun: boolean;
}

export async function importPast({ json, location, only, since, dryRun }: ImportOptions): Promise<Said> {
  const body = parse(ImportBody, {
    ...(only === undefined ? {} : { only: only.split(",").map((kind) => kind.trim()) }),
    ...(since === undefined ? {} : { since: sinceOf(since) }),
    dry_run: dryRun,
  });
  const config = readConfig(process.env);
  const show = openProgress(json);
  const done = await hereOrThere<ImportView | Totals>(
    config,
    async (premises) => {
      const at = onlyLocation(premises, location);
      if (isTown(at)) throw new InvalidInput(NO_PAST);
      const mayAsk = tokenAt(premises, config)(at) !== undefined;
      return withImports(premises, config, (imports) => workHere(premises, imports, at, { body, mayAsk }, show));
    },
    async (ask, at) => {
      const place = `/v1/locations/${await at(location)}/imports`;
      const asked = await ask<ImportView | Totals>(place, body);
      if ("totals" in asked) return asked;
      return follow(asked, () => ask<ImportView>(`${place}/${asked.id}`), show);
    },
  );
  show.end();
  if ("totals" in done) return said(json, done, totalsText(done));
  return said(json, done, doneText(done), done.problem === undefined ? 0 : 1);
}

interface Totals {
  readonly totals: Readonly<Partial<Record<Imported, number>>>;
}

/** In this process, unless another one works on it, or alone holds the token, as of an app: then it is followed. */
async function workHere(
  { database, clock }: Premises,
  imports: Imports,
  location: string,
  { body, mayAsk }: { readonly body: Parameters<typeof askedOf>[0]; readonly mayAsk: boolean },
  show: Progress,
): Promise<ImportView | Totals> {
  const asked = askedOf(body);
  if (body.dry_run) return { totals: await imports.count(location, asked) };
  const opened = await database.transaction([location], (sql) =>
    openImport(sql, location, { id: newId(clock.now()), asked, by: "command line", now: clock.now() }),
  );
  const look = async () => {
    const worked = mayAsk ? await imports.work(location) : "nothing";
    if (worked === "nothing" || worked === "waiting") await pause(SECOND / 2);
    const found = await database.transaction([location], (sql) => readImport(sql, location, opened.id));
    return importView(found ?? opened);
  };
  return follow(importView(opened), look, show, 0);
}

async function follow(
  first: ImportView,
  look: () => Promise<ImportView>,
  show: Progress,
  every: Millis = ASK,
): Promise<ImportView> {
  for (let one = first; ; one = await look()) {
    show.step(one);
    if (one.state === "done") return one;
    if (every > 0) await pause(every);
  }
}

function withImports<T>(premises: Premises, config: Config, work: (imports: Imports) => Promise<T>): Promise<T> {
  const { database, clock, installations } = premises;
  const silent = { mailed: () => undefined, isRead: false, facts: openFacts() };
  return withApi(premises, config, (api) =>
    work(openReconciling({ database, clock, api, installations, receiveReceipts, ...silent }).imports),
  );
}

async function withApi<T>(premises: Premises, config: Config, work: (api: HighLevel) => Promise<T>): Promise<T> {
  const { database, clock } = premises;
  const budget = openBudget({ database, clock });
  const api = openHighLevel({
    url: config.highlevel.apiUrl,
    clock,
    token: tokenAt(premises, config),
    onRate: (at, rate) => budget.note(at, rate),
    budget,
    ...versionsOf(config),
  });
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

/** A private integration's; an app's own are renewed by the running Latchkey alone. */
const tokenAt =
  ({ installations }: Premises, { highlevel }: Config) =>
  (location: string): string | undefined =>
    (highlevel.location === location ? highlevel.token : undefined) ?? installations.token(location);

/** `30d`, a day, or an instant. */
function sinceOf(text: string): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : Date.now() - Number(days) * 86_400_000;
  if (Number.isNaN(at)) throw new InvalidInput(`--since: expected 30d, 2026-03-02 or an instant, got ${text}`);
  return new Date(at).toISOString();
}

// What is shown ------------------------------------------------------------------------------------------------------

interface Progress {
  step(one: ImportView): void;
  count(name: string, read: number, total: number): void;
  end(): void;
}

const NAMES: Readonly<Record<Imported, string>> = {
  contacts: "contacts",
  opportunities: "opportunities",
  messages: "texts and calls",
  mails: "e-mails",
  gone: "contacts looked for",
};

/** On a terminal one line that moves; into a pipe a line for each change; with --json a document for each. */
function openProgress(json: boolean): Progress {
  const isTerminal = process.stderr.isTTY === true && !json;
  let last = "";
  const write = (line: string) => {
    if (line === last) return;
    last = line;
    process.stderr.write(isTerminal ? `\r\u001b[2K${visible(line)}` : `${visible(line)}\n`);
  };
  return {
    count(name, read, total) {
      write(json ? JSON.stringify({ kind: name, counts: { [name]: { read, total } } }) : bar(name, read, total));
    },
    step(one) {
      const line = json
        ? JSON.stringify({ kind: one.kind, counts: one.counts, problem: one.problem })
        : progressText(one);
      write(line);
    },
    end() {
      if (isTerminal && last !== "") process.stderr.write("\n");
    },
  };
}

const WIDTH = 24;

function progressText({ kind, counts, problem }: ImportView): string {
  if (kind === undefined) return "done";
  const { read = 0, total } = counts[kind as Imported] ?? {};
  const name = NAMES[kind as Imported];
  const waits = problem === undefined ? "" : `  (${problem})`;
  if (total === undefined || total === 0) return `${name}: ${number(read)}${waits}`;
  return `${bar(name, read, total)}${waits}`;
}

function bar(name: string, read: number, total: number): string {
  const share = Math.min(1, read / total);
  const done = "#".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, ".");
  return `[${done}] ${Math.floor(share * 100)}%  ${name}: ${number(read)} of ${number(total)}`;
}

function doneText({ counts, problem }: ImportView): string {
  const lines = (Object.keys(NAMES) as Imported[]).flatMap((kind) => {
    const of = counts[kind];
    if (of === undefined) return [];
    const unread = of.unreadable === 0 ? "" : `, ${number(of.unreadable)} that cannot be read`;
    if (kind === "gone") return of.kept === 0 ? [] : [`contacts gone from the CRM: ${number(of.kept)}`];
    return [`${NAMES[kind]}: ${number(of.kept)} new, ${number(of.known)} known already${unread}`];
  });
  return (
    [...lines, ...(problem === undefined ? [] : [`Left out: ${problem}`])].join("\n") || "There was nothing to read."
  );
}

const totalsText = ({ totals }: Totals): string =>
  Object.entries(totals)
    .map(([kind, total]) => `${NAMES[kind as Imported]}: ${number(total)} in the CRM`)
    .join("\n");

const number = (n: number): string => n.toLocaleString("en-US");
