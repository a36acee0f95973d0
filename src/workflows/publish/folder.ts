// The folder of YAML: read at start, watched, compiled, published to every location.

import { type FSWatcher, watch } from "node:fs";
import { Unavailable } from "../../kernel/errors.ts";
import type { Facts } from "../../kernel/facts.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import type { Clock, Instant, Millis } from "../../kernel/time.ts";
import { type Compilation, compile, type PublicationContent, type Refused } from "../compile/compile.ts";
import { type Diagnostic, headline } from "../compile/diagnostic.ts";
import type { SourceFile } from "../compile/source.ts";
import { writeSchema } from "../editor/file.ts";
import type { Surroundings } from "../lint/finding.ts";
import { lint } from "../lint/lint.ts";
import type { Publication } from "../plan.ts";
import { filesIn, readText, type Seen, signatureOf } from "./disk.ts";
import { byPlace, type FilesThere, filesAt, unique } from "./held.ts";
import { liveWorkflows, openPublications, publish, readSources } from "./publication.ts";
import { reportOn } from "./report.ts";
import { settle } from "./settle.ts";

export interface FolderOptions {
  readonly dir: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
  /** Which locations are installed now; asked at each load and every few seconds. */
  readonly locations: () => Promise<readonly string[]>;
  /** What a location has, for the linter: the same value until something of it changed; absent while nothing is known. */
  readonly around?: (location: string) => Surroundings | undefined;
  /** Experiments that may not become live so at a location, although they compile. */
  readonly refuses?: (sql: Sql, location: string, experiments: Publication["experiments"]) => Promise<Refused>;
}

export interface Folder {
  /** What the files say now: every finding, and the content if there is no error. */
  last(): FolderState;
  /** The same for one team, which is told nothing of others' files and places. */
  at(location: string): FilesThere;
  /** Looks at once: for a location that has just been installed. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface FolderState {
  readonly content?: PublicationContent;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts, for showing a finding in its line. */
  readonly files: readonly SourceFile[];
}

/** How often the folder is looked at when no watcher speaks, and how long it must have been still. */
const LOOK: Millis = 400;
const STILL: Millis = 60;
/** How often the list of installed locations is asked for although no file changed. */
const ASK: Millis = 3_000;

/** An empty LATCHKEY_WORKFLOWS publishes nothing: what is live stays live. */
export const NO_FOLDER: Folder = {
  last: () => ({ diagnostics: [], files: [] }),
  at: () => ({ diagnostics: [], held: [] }),
  refresh: async () => {},
  close: async () => {},
};

/** Loads, publishes and keeps watching. Resolves after the first load; a folder that cannot be read is a finding. */
export async function openFolder(options: FolderOptions): Promise<Folder> {
  const { dir, facts, clock } = options;
  const held = nothing();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  /** Told once, not at every look. */
  let failing: readonly string[] = [];
  let askedAt = clock.elapsed();
  let working: Promise<void> = Promise.resolve();

  const queue = (force: boolean): Promise<void> => {
    working = working.then(async () => {
      if (closed) return;
      const failed = await look(options, held, force).catch((error) => [messageOf(error)]);
      if (failed === undefined) return;
      for (const reason of failed)
        if (!failing.includes(reason)) facts.emit("loop_failed", { loop: "workflows", reason });
      failing = failed;
    });
    return working;
  };
  const next = (after: Millis) => {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(async () => {
      const ask = clock.elapsed() - askedAt >= ASK;
      if (ask) askedAt = clock.elapsed();
      await queue(ask);
      next(LOOK);
    }, after);
    timer.unref();
  };

  await queue(true);
  const watcher = watching(dir, () => next(STILL));
  next(LOOK);
  return {
    last: () => ({ ...held.state, diagnostics: [...held.state.diagnostics, ...[...held.lost.values()].flat()] }),
    at: (location) => filesAt(location, held.state.files, held.good.get(location), foundAt(location, held)),
    refresh: () => queue(true),
    async close() {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      await working;
    },
  };
}

/** A hint only: some file systems have no watcher, and none is exact. */
function watching(dir: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dir, { persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

interface Held {
  signature: string;
  state: FolderState;
  /** What the compiler said of the files, for all locations. */
  found: readonly Diagnostic[];
  /** What the linter said, by location (`""`: of the files alone), and of which content and surroundings. */
  linted: Map<string, Linted>;
  /** By location: the files with what only its database refuses, as errors of theirs. */
  refused: Map<string, Compilation>;
  /** By location for those with files of their own; `""` for the others. */
  compiled: Map<string, Compilation>;
  /** What was last published, by location: the content, and the state of the folder it came from. */
  published: Map<string, string>;
  /** Texts of what is live, by location. */
  good: Map<string, readonly SourceFile[]>;
  /** What only the database could find in the present files, by location. */
  lost: Map<string, readonly Diagnostic[]>;
}

interface Linted {
  readonly content: PublicationContent;
  readonly around: Surroundings | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export const nothing = (): Held => ({
  signature: "",
  state: { diagnostics: [], files: [] },
  found: [],
  linted: new Map(),
  refused: new Map(),
  compiled: new Map(),
  published: new Map(),
  good: new Map(),
  lost: new Map(),
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @returns why which locations failed; nothing where there was no need to look at any */
async function look(options: FolderOptions, held: Held, force: boolean): Promise<readonly string[] | undefined> {
  const { dir, clock, facts } = options;
  const read = await reload(dir, held);
  const changed = read !== undefined;
  if (!changed && !force) return undefined;
  const locations = await options.locations();
  const started = clock.elapsed();
  if (changed) {
    compileAll(held, read.files, locations);
    await writeSchema(dir, read.files);
    held.signature = read.signature;
  }
  const refused = await atEach(locations, (location) => refuseAt(location, options, held));
  advise(held, locations, options);
  const published = await atEach(refused.done, (location) => publishAt(location, options, held));
  if (changed) {
    const { files } = held.state;
    facts.emit("workflows_loaded", {
      files: files.length,
      ...(await outcomeOf(held, published.done, options.database)),
      load_ms: Math.round(clock.elapsed() - started),
    });
  }
  return [...refused.failed, ...published.failed];
}

/** What fails at one location is told, and holds up no other; a database that does not answer is tried at none. */
async function atEach(locations: readonly string[], work: (location: string) => Promise<void>) {
  const [done, failed]: [string[], string[]] = [[], []];
  for (const location of locations) {
    try {
      await work(location);
      done.push(location);
    } catch (error) {
      if (error instanceof Unavailable || !(error instanceof Error)) throw error;
      failed.push(`${location}: ${messageOf(error)}`);
    }
  }
  return { done, failed };
}

/** What only advises holds nothing up: a fault of it is told, and the folder is published. */
function advise(held: Held, locations: readonly string[], { around, facts }: FolderOptions): void {
  try {
    lintAll(held, locations, around);
  } catch (error) {
    facts.emit("loop_failed", { loop: "workflows", reason: `lint: ${String(error)}` });
  }
}

const MOST_FILES = 10;

/** What came of a load: how many workflows are live at any of the locations now, and which files are not as they should be. */
async function outcomeOf(held: Held, locations: readonly string[], database: Database) {
  const errors = held.state.diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined) return { workflows: held.state.content?.plans.length ?? 0, errors: 0 };
  const live = new Set<string>();
  const asItWas = new Set<string>();
  for (const location of locations) {
    for (const id of await database.transaction([location], (sql) => liveWorkflows(sql, location))) live.add(id);
    const there = filesAt(location, held.state.files, held.good.get(location), []);
    for (const { file, runs } of there.held) if (runs) asItWas.add(file);
  }
  const listed = (names: Iterable<string>) => [...new Set(names)].sort().slice(0, MOST_FILES).join(", ");
  return {
    workflows: live.size,
    errors: errors.length,
    first_error: headline(first),
    in_error: listed(errors.map(({ file }) => file)),
    as_last_good: listed(asItWas),
  };
}

/** Reads the files again if the folder is another than it was and has stopped changing. */
async function reload(
  dir: string,
  held: Held,
): Promise<{ readonly files: readonly SourceFile[]; readonly signature: string } | undefined> {
  let seen = await filesIn(dir);
  if (signatureOf(seen) === held.signature && !(await opensNow(seen, held.state.files))) return undefined;
  for (let tries = 0; tries < 5; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, STILL));
    const again = await filesIn(dir);
    const still = signatureOf(again) === signatureOf(seen);
    seen = again;
    if (still) break;
  }
  const files = await Promise.all(seen.map(({ path, file }) => readText(path, file)));
  return { files: files.filter((file) => file !== undefined), signature: signatureOf(seen) };
}

/** Whether a file that could not be read now can: its stamp says nothing of that. */
async function opensNow(seen: readonly Seen[], files: readonly SourceFile[]): Promise<boolean> {
  const closed = new Set(files.flatMap(({ file, unreadable }) => (unreadable === undefined ? [] : [file])));
  const again = seen.filter(({ file }) => closed.has(file)).map(({ path, file }) => readText(path, file));
  return (await Promise.all(again)).some((read) => read?.unreadable === undefined);
}

export function compileAll(held: Held, files: readonly SourceFile[], locations: readonly string[]): void {
  held.compiled.clear();
  held.refused.clear();
  held.lost.clear();
  const shared = compile(files);
  held.compiled.set("", shared);
  const found = new Map(shared.diagnostics.map((one) => [JSON.stringify(one), one]));
  for (const location of ownersOf(files)) {
    const own = compile(files, { location });
    for (const one of own.diagnostics) found.set(JSON.stringify(one), one);
    if (locations.includes(location)) held.compiled.set(location, own);
  }
  const diagnostics = [...found.values()];
  held.found = diagnostics;
  held.state = { files, diagnostics, ...(shared.content === undefined ? {} : { content: shared.content }) };
}

/** What is allowed and probably not meant, of the files alone and against each location; again only where something changed. */
export function lintAll(
  held: Held,
  locations: readonly string[],
  around: FolderOptions["around"],
  bytesOf?: (name: string, location: string) => number | undefined,
): void {
  const { files } = held.state;
  for (const location of ["", ...locations]) {
    const content = (held.compiled.get(location) ?? held.compiled.get(""))?.content;
    const known = location === "" ? undefined : around?.(location);
    const before = held.linted.get(location);
    if (content === undefined || (location !== "" && known === undefined)) held.linted.delete(location);
    else if (before?.content !== content || before.around !== known) {
      const seen = bytesOf === undefined ? known : { ...known, bytesOf: (name: string) => bytesOf(name, location) };
      held.linted.set(location, { content, around: known, diagnostics: lint(content, files, seen) });
    }
  }
  const all = [...held.linted.keys()].filter((location) => location !== "");
  const more = [...lintedAt(all, held), ...[...held.refused.values()].flatMap(({ diagnostics }) => diagnostics)];
  held.state = { ...held.state, diagnostics: unique([...held.found, ...more]).sort(byPlace) };
}

/** What was linted. Of one code at one place, what a location shows says more than what the files alone do. */
function lintedAt(locations: readonly string[], { linted }: Held): readonly Diagnostic[] {
  const own = locations.flatMap((location) => linted.get(location)?.diagnostics ?? []);
  const key = ({ file, line, column, code }: Diagnostic) => JSON.stringify([file, line, column, code]);
  const told = new Set(own.map(key));
  return [...(linted.get("")?.diagnostics ?? []).filter((one) => !told.has(key(one))), ...own];
}

/** What was found of any file, with what concerns this location alone. */
const foundAt = (location: string, held: Held): readonly Diagnostic[] => [
  ...held.found,
  ...lintedAt([location], held),
  ...(held.refused.get(location)?.diagnostics ?? []),
  ...(held.lost.get(location) ?? []),
];

const ownersOf = (files: readonly SourceFile[]): readonly string[] => [
  ...new Set(files.flatMap(({ file }) => /(?:^|\/)@([^/]+)\//.exec(file)?.[1] ?? [])),
];

async function publishAt(location: string, { database, clock, facts }: FolderOptions, held: Held): Promise<void> {
  const { files } = held.state;
  const owns = ownersOf(files).includes(location);
  const compiled =
    held.refused.get(location) ?? held.compiled.get(owns ? location : "") ?? compile(files, { location });
  const named = (content: PublicationContent): string => `${content.id} ${held.signature}`;
  if (compiled.content !== undefined && held.published.get(location) === named(compiled.content)) return;
  const { good, settled, changes, lost } = await database.transaction([location], async (sql) => {
    const good = held.good.get(location) ?? (await readSources(sql, location));
    const settled = settle(files, good, { location }, compiled);
    if (settled === undefined || held.published.get(location) === named(settled.content)) return { good };
    const changes = (await publish(sql, location, { ...settled, at: clock.now(), by: "folder" })) ?? [];
    const moves = changes.some(({ onEdit, runs }) => runs > 0 && onEdit !== "keep" && onEdit !== "exit");
    const lost = moves ? await lostAt(sql, location, settled.content, clock.now()) : undefined;
    return { good, settled, changes, lost };
  });
  // only what was committed is remembered: what was not is tried again
  held.good.set(location, settled?.sources ?? good);
  if (settled !== undefined) held.published.set(location, named(settled.content));
  if (lost !== undefined) held.lost.set(location, lost);
  for (const { workflow, change, onEdit, runs } of changes ?? []) {
    facts.emit("workflow_published", { location, workflow, change, on_edit: onEdit, runs });
  }
}

/** Leads who would have been moved, and wait at a step that is gone. */
async function lostAt(sql: Sql, location: string, content: PublicationContent, now: Instant): Promise<Diagnostic[]> {
  const needs = { publications: openPublications(), countLeads: async () => 0, now };
  return [...(await reportOn(sql, location, content, needs)).findings];
}

/** What the location's database refuses is an error of its file: the last good version of the file stays. */
async function refuseAt(location: string, { database, refuses }: FolderOptions, held: Held): Promise<void> {
  const { files } = held.state;
  const compiled =
    held.compiled.get(ownersOf(files).includes(location) ? location : "") ?? compile(files, { location });
  const experiments = compiled.content?.experiments ?? {};
  const isLive = held.published.get(location) === `${compiled.content?.id} ${held.signature}`;
  if (refuses === undefined || (!held.refused.has(location) && (isLive || Object.keys(experiments).length === 0)))
    return;
  const refused = await database.transaction([location], (sql) => refuses(sql, location, experiments));
  if (Object.keys(refused).length === 0) held.refused.delete(location);
  else held.refused.set(location, compile(files, { location, refused }));
}
