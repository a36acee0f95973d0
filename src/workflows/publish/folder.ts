// The folder of YAML: read at start, watched, compiled, published to every location.

import { type FSWatcher, watch } from "node:fs";
import { open, readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Facts } from "../../kernel/facts.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import type { Clock, Instant, Millis } from "../../kernel/time.ts";
import { type Compilation, compile, type PublicationContent, type Refused } from "../compile/compile.ts";
import { type Diagnostic, headline, render } from "../compile/diagnostic.ts";
import { nameWaits } from "../compile/fix.ts";
import { MAX_FILE, type SourceFile } from "../compile/source.ts";
import { writeSchema } from "../editor/file.ts";
import type { Surroundings } from "../lint/finding.ts";
import { lint } from "../lint/lint.ts";
import type { Publication } from "../plan.ts";
import { byPlace, type FilesThere, filesAt, unique } from "./held.ts";
import { openPublications, publish, readSources } from "./publication.ts";
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
const DEEPEST = 8;

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
  let failing: string | undefined;
  let askedAt = clock.elapsed();
  let working: Promise<void> = Promise.resolve();

  const queue = (force: boolean): Promise<void> => {
    working = working.then(async () => {
      if (closed) return;
      try {
        await look(options, held, force);
        failing = undefined;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== failing) facts.emit("loop_failed", { loop: "workflows", reason });
        failing = reason;
      }
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

const nothing = (): Held => ({
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

async function look(options: FolderOptions, held: Held, force: boolean): Promise<void> {
  const { dir, clock, facts } = options;
  const read = await reload(dir, held);
  const changed = read !== undefined;
  if (!changed && !force) return;
  const locations = await options.locations();
  const started = clock.elapsed();
  if (changed) {
    compileAll(held, read.files, locations);
    await writeSchema(dir, read.files);
    held.signature = read.signature;
  }
  for (const location of locations) await refuseAt(location, options, held);
  lintAll(held, locations, options.around);
  for (const location of locations) await publishAt(location, options, held);
  if (!changed) return;
  const { diagnostics, files, content } = held.state;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  facts.emit("workflows_loaded", {
    files: files.length,
    workflows: content?.plans.length ?? 0,
    errors: errors.length,
    ...(first === undefined ? {} : { first_error: headline(first) }),
    load_ms: Math.round(clock.elapsed() - started),
  });
}

/** Reads the files again if the folder is another than it was and has stopped changing. */
async function reload(
  dir: string,
  held: Held,
): Promise<{ readonly files: readonly SourceFile[]; readonly signature: string } | undefined> {
  let seen = await filesIn(dir);
  if (signatureOf(seen) === held.signature) return undefined;
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

function compileAll(held: Held, files: readonly SourceFile[], locations: readonly string[]): void {
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
function lintAll(
  held: Held,
  locations: readonly string[],
  around: FolderOptions["around"],
  hasFile?: (name: string, location: string) => boolean,
): void {
  const { files } = held.state;
  for (const location of ["", ...locations]) {
    const content = (held.compiled.get(location) ?? held.compiled.get(""))?.content;
    const known = location === "" ? undefined : around?.(location);
    const before = held.linted.get(location);
    if (content === undefined || (location !== "" && known === undefined)) held.linted.delete(location);
    else if (before?.content !== content || before.around !== known) {
      const seen = hasFile === undefined ? known : { ...known, hasFile: (name: string) => hasFile(name, location) };
      held.linted.set(location, { content, around: known, diagnostics: lint(content, files, seen) });
    }
  }
  const more = [...held.linted.values(), ...held.refused.values()].flatMap(({ diagnostics }) => diagnostics);
  held.state = { ...held.state, diagnostics: unique([...held.found, ...more]).sort(byPlace) };
}

/** What was found of any file, with what concerns this location alone. */
const foundAt = (location: string, { found, linted, refused, lost }: Held): readonly Diagnostic[] => [
  ...found,
  ...(linted.get("")?.diagnostics ?? []),
  ...(linted.get(location)?.diagnostics ?? []),
  ...(refused.get(location)?.diagnostics ?? []),
  ...(lost.get(location) ?? []),
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
  const published = await database.transaction([location], async (sql) => {
    const good = held.good.get(location) ?? (await readSources(sql, location));
    held.good.set(location, good);
    const settled = settle(files, good, { location }, compiled);
    if (settled === undefined || held.published.get(location) === named(settled.content)) return [];
    const changes = (await publish(sql, location, { ...settled, at: clock.now(), by: "folder" })) ?? [];
    if (changes.some(({ onEdit, runs }) => runs > 0 && onEdit !== "keep" && onEdit !== "exit"))
      held.lost.set(location, await lostAt(sql, location, settled.content, clock.now()));
    held.good.set(location, settled.sources);
    held.published.set(location, named(settled.content));
    return changes;
  });
  for (const { workflow, change, onEdit, runs } of published) {
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

// Reading the disk -----------------------------------------------------------------------------------------------

interface Seen {
  readonly path: string;
  /** As findings name it: the folder's name, then the path inside it. */
  readonly file: string;
  readonly size: number;
  readonly modifiedMs: number;
}

const signatureOf = (seen: readonly Seen[]): string =>
  JSON.stringify(seen.map(({ file, size, modifiedMs }) => [file, size, modifiedMs]));

/** Every *.yaml and *.yml below, sorted; names that begin with a dot are skipped. */
async function filesIn(dir: string, prefix = basename(dir), depth = 0): Promise<Seen[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const seen: Seen[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(dir, entry.name);
    const file = `${prefix}/${entry.name}`;
    if (entry.isDirectory() && depth < DEEPEST) seen.push(...(await filesIn(path, file, depth + 1)));
    if (entry.isDirectory() || !/\.ya?ml$/.test(entry.name)) continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) seen.push({ path, file, size: found.size, modifiedMs: found.mtimeMs });
  }
  return seen;
}

/** At most one byte more than is allowed, so that a huge file costs no memory; gone meanwhile: not there. */
async function readText(path: string, file: string): Promise<SourceFile | undefined> {
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const size = Math.min((await handle.stat()).size, 4 * MAX_FILE);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
    return {
      file,
      text: buffer
        .subarray(0, bytesRead)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
    };
  } finally {
    await handle.close();
  }
}

// latchkey check -------------------------------------------------------------------------------------------------

export interface Check {
  readonly diagnostics: readonly Diagnostic[];
  /** What a person reads: each finding in its line, then a count. */
  readonly text: string;
  /** 0 good, 1 errors found, 2 the folder could not be read. */
  readonly exit: 0 | 1 | 2;
}

/**
 * Checks a folder as a whole, for all locations it has files for, and publishes nothing. With `fix`, steps on which
 * leads would park without a name are given one in their files first.
 */
export async function checkFolder(dir: string, options: CheckOptions = {}): Promise<Check> {
  try {
    const first = await examine(dir, options);
    if (options.fix !== true) return said(first.state, options);
    await Promise.all(
      first.state.files.map((file) => rewrite(first.paths.get(file.file), file, first.state.diagnostics)),
    );
    return said((await examine(dir, options)).state, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { diagnostics: [], text: `The folder could not be read: ${reason}`, exit: 2 };
  }
}

export interface CheckOptions {
  readonly fix?: boolean;
  /** Warnings count as errors do. */
  readonly strict?: boolean;
  /** Checks for this location alone, against what it has. */
  readonly location?: string;
  readonly around?: Surroundings;
  /** Whether an attachment is beside the workflows, for a location or for all; absent: nobody looks. */
  readonly hasFile?: (name: string, location: string | undefined) => boolean;
}

interface Examined {
  readonly state: FolderState;
  readonly paths: ReadonlyMap<string, string>;
}

/** The files of a folder, as findings name them. */
export async function readFolder(dir: string): Promise<readonly SourceFile[]> {
  const files = await Promise.all((await filesIn(dir)).map(({ path, file }) => readText(path, file)));
  return files.filter((file) => file !== undefined);
}

async function examine(dir: string, { location, around, hasFile }: CheckOptions): Promise<Examined> {
  const held = nothing();
  const seen = await filesIn(dir);
  const locations = location === undefined ? [] : [location];
  compileAll(held, await readFolder(dir), locations);
  const looked = hasFile && ((name: string, at: string) => at !== (location ?? "") || hasFile(name, location));
  lintAll(held, locations, () => around, looked);
  return { state: held.state, paths: new Map(seen.map(({ file, path }) => [file, path])) };
}

async function rewrite(path: string | undefined, file: SourceFile, found: readonly Diagnostic[]): Promise<void> {
  const text = nameWaits(file, found);
  if (path !== undefined && text !== file.text) await writeFile(path, text);
}

function said({ diagnostics, files }: FolderState, { strict = false }: CheckOptions): Check {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const count = (severity: Diagnostic["severity"]) => diagnostics.filter((one) => one.severity === severity).length;
  const times = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const sum = `${times(files.length, "file")}: ${times(count("error"), "error")}, ${times(count("warning"), "warning")}`;
  const failed = count("error") > 0 || (strict && count("warning") > 0);
  const shown = diagnostics.map((one) => render(one, texts.get(one.file)));
  return { diagnostics, text: [...shown, sum].join("\n\n"), exit: failed ? 1 : 0 };
}
