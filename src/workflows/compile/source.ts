// YAML 1.2 text to nodes that know where they stand. Maps are lists of entries, so no key can reach a prototype.

import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type Node as YamlNode,
} from "yaml";
import type { Place, Report } from "./diagnostic.ts";

/** File size in characters, nesting of nodes, and aliases followed per document: the bounds of the language (4.8). */
export const MAX_FILE = 1_000_000;
const MAX_DEPTH = 32;
const MAX_ALIASES = 100;
const MAX_DOCUMENTS = 1_000;

export interface SourceFile {
  readonly file: string;
  readonly text: string;
  /** Why nothing of it could be read, though it is there: what it last said stands. */
  readonly unreadable?: string;
}

export type Node = ScalarNode | ListNode | MapNode;

interface NodeBase {
  readonly place: Place;
  /** Reached through an alias: allowed for values, not for steps. */
  readonly alias?: true;
}

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, without quotes; for plain scalars the source itself, for quoted ones the value. */
  readonly text: string;
  readonly quoted: boolean;
  /** Where its characters stand in the file, quotes included. */
  readonly range: readonly [from: number, to: number];
}

interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly flow: boolean;
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  readonly flow: boolean;
}

export interface Entry {
  readonly key: string;
  readonly place: Place;
  readonly value: Node;
}

/** One text with its lines, for places and for showing a line in a diagnostic. */
export class Source {
  readonly file: string;
  readonly text: string;
  private readonly lines = new LineCounter();

  constructor({ file, text }: SourceFile) {
    this.file = file;
    this.text = text;
    this.lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.lines.addNewLine(at + 1);
  }

  /** The place of characters `from` to `to`; `to` is cut at the end of the line. */
  place(from: number, to: number): Place {
    const { line, col } = this.lines.linePos(Math.min(from, this.text.length));
    const end = this.text.indexOf("\n", from);
    const length = Math.max(1, Math.min(to, end === -1 ? this.text.length : end) - from);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), length };
  }
}

/**
 * The documents of a file, in order; a document that cannot be read is left out and reported. Whatever the text,
 * this takes time in proportion to its length and never throws.
 */
export function parseDocuments(source: Source, report: Report): Node[] {
  const start = source.place(0, 1);
  if (source.text.length > MAX_FILE) {
    report.error("too-large", start, `the file has ${source.text.length} characters; at most 1 MB is read.`);
    return [];
  }
  const deep = tooDeep(source.text);
  if (deep !== undefined) {
    report.error("too-deep", source.place(deep, deep + 1), `nested deeper than ${MAX_DEPTH} levels.`);
    return [];
  }
  const documents = composed(source.text);
  if (documents === undefined) {
    report.error("bad-yaml", start, "this text cannot be read as YAML.");
    return [];
  }
  if (documents.length > MAX_DOCUMENTS) {
    report.error("too-many-documents", start, `a file holds at most ${MAX_DOCUMENTS} documents.`);
    return [];
  }
  const nodes: Node[] = [];
  for (const document of documents) {
    for (const error of document.errors) {
      report.error("bad-yaml", source.place(error.pos[0], error.pos[1]), inPlainWords(error.code, error.message));
    }
    if (document.directives?.yaml.explicit === true) {
      report.error("yaml-directive", start, "directives such as %YAML are not part of this language.");
      continue;
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    const node = new Reading(source, report).read(document.contents as YamlNode, 0);
    const isNothing = node?.kind === "scalar" && node.value === null;
    if (node !== undefined && !isNothing) nodes.push(node);
  }
  return nodes;
}

/** At most one document more than is allowed. */
function composed(text: string): Document.Parsed[] | undefined {
  const composer = new Composer({
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
    logLevel: "silent",
    version: "1.2",
    schema: "core",
  });
  // A text may be wrong a million times, and every finding of the parser would carry where in the parser it was found.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const documents: Document.Parsed[] = [];
    for (const document of composer.compose(new Parser().parse(text))) {
      documents.push(document);
      if (documents.length > MAX_DOCUMENTS) break;
    }
    return documents;
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Databases keep neither NUL nor half a character. */
const UNSPEAKABLE = /\0|\uFFFD|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const UNSPEAKABLE_ALL = new RegExp(UNSPEAKABLE, "g");

/** One document being turned into nodes: counts what is bounded, knows its anchors. */
class Reading {
  private readonly source: Source;
  private readonly report: Report;
  private readonly anchors = new Map<string, YamlNode>();
  private aliases = 0;

  constructor(source: Source, report: Report) {
    this.source = source;
    this.report = report;
  }

  read(node: YamlNode, depth: number): Node | undefined {
    if (depth > MAX_DEPTH) return this.refuse("too-deep", node, `nested deeper than ${MAX_DEPTH} levels.`);
    if (isAlias(node)) return this.follow(node, depth);
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor !== undefined) this.anchors.set(anchor, node);
    if (node.tag !== undefined) {
      return this.refuse("yaml-tag", node, "tags such as !!binary are not part of this language.");
    }
    if (isScalar(node)) return this.scalar(node);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item as YamlNode, depth + 1));
      return {
        kind: "list",
        place: this.at(node),
        flow: node.flow === true,
        items: items.filter((item) => item !== undefined),
      };
    }
    if (isMap(node)) return this.map(node, depth);
    return this.refuse("bad-yaml", node as YamlNode, "this is neither a map, a list nor a value.");
  }

  private map(node: YamlNode & { items: unknown[]; flow?: boolean }, depth: number): Node | undefined {
    const entries: Entry[] = [];
    const seen = new Map<string, Place>();
    for (const pair of node.items as { key: YamlNode; value: YamlNode | null }[]) {
      if (!isScalar(pair.key)) {
        this.refuse("bad-key", pair.key ?? node, "a key is a word.");
        continue;
      }
      const scalar = this.scalar(pair.key);
      const place = this.at(pair.key);
      const key = scalar.text;
      if (key === "<<") {
        const advice = 'Name the shared part: a segment, a template, or "call:".';
        this.refuse("merge-key", pair.key, `merge keys are not part of this language. ${advice}`);
        continue;
      }
      const first = seen.get(key);
      if (first !== undefined) {
        const which = `"${key}" appears twice in this map (first at ${first.line}:${first.column}).`;
        const advice = key === "if" ? 'Put both conditions in one map, or in "all":.' : "Keep one.";
        this.refuse("duplicate-key", pair.key, `${which} ${advice}`);
        continue;
      }
      seen.set(key, place);
      const value = pair.value === null ? empty(place, scalar.range[1]) : this.read(pair.value, depth + 1);
      if (value !== undefined) entries.push({ key, place, value });
    }
    const first = entries[0];
    const place = node.flow === true || first === undefined ? this.at(node) : first.place;
    return { kind: "map", place, flow: node.flow === true, entries };
  }

  private scalar(node: YamlNode & { value?: unknown; source?: string; type?: string }): ScalarNode {
    const [from, to] = range(node);
    const quoted = node.type !== undefined && node.type !== "PLAIN";
    let value = node.value as ScalarNode["value"];
    if (typeof value === "bigint") value = Number(value);
    if (typeof value === "number" && !Number.isFinite(value)) {
      this.refuse("bad-value", node, "a number must be finite.");
      value = 0;
    }
    const text = quoted ? String(value) : (node.source ?? "");
    if (UNSPEAKABLE.test(text)) {
      this.refuse(
        "bad-text",
        node,
        "this text has a character that is none: NUL, half of a pair, or bytes that are not UTF-8.",
      );
      value = text.replaceAll(UNSPEAKABLE_ALL, "?");
    }
    return { kind: "scalar", place: this.at(node), value, text, quoted, range: [from, to] };
  }

  private follow(alias: YamlNode & { source: string }, depth: number): Node | undefined {
    this.aliases += 1;
    if (this.aliases > MAX_ALIASES) {
      if (this.aliases > MAX_ALIASES + 1) return undefined;
      return this.refuse("too-many-aliases", alias, `more than ${MAX_ALIASES} aliases are followed in this document.`);
    }
    const target = this.anchors.get(alias.source);
    if (target === undefined) {
      return this.refuse("bad-yaml", alias, `there is no anchor "${alias.source}" before this.`);
    }
    const node = this.read(target, depth + 1);
    return node === undefined ? undefined : { ...node, place: this.at(alias), alias: true };
  }

  private at(node: YamlNode): Place {
    return this.source.place(...range(node));
  }

  private refuse(code: string, node: YamlNode, message: string): undefined {
    this.report.error(code, this.at(node), message);
    return undefined;
  }
}

const range = (node: YamlNode): [number, number] => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];

const empty = (place: Place, at: number): ScalarNode => ({
  kind: "scalar",
  place,
  value: null,
  text: "",
  quoted: false,
  range: [at, at],
});

/**
 * Where the text nests too deeply for any reader, without reading it: the parser recurses, and a hostile file must
 * cost no more than one pass. Brackets inside quotes count too, which no honest text notices.
 */
function tooDeep(text: string): number | undefined {
  let brackets = 0;
  let compact = 0;
  let column = 0;
  let columns: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === 10) {
      compact = 0;
      column = 0;
      continue;
    }
    if (sign === 91 || sign === 123) brackets += 1;
    else if (sign === 93 || sign === 125) brackets = Math.max(0, brackets - 1);
    const isIndent = sign === 32 || sign === 9;
    const isCompact = (sign === 45 || sign === 63 || sign === 58) && (text.charCodeAt(at + 1) | 0) <= 32;
    if (compact >= 0 && !isIndent) {
      if (isCompact) compact += 1;
      else {
        columns = columns.filter((other) => other < column);
        columns.push(column);
        compact = -1;
      }
    }
    column += 1;
    if (brackets > 2 * MAX_DEPTH || compact > MAX_DEPTH || columns.length > 4 * MAX_DEPTH) return at;
  }
  return undefined;
}

function inPlainWords(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "a tab cannot indent in YAML. Use spaces.";
  const first = (message.split("\n")[0] ?? message).trim();
  return `${first.charAt(0).toLowerCase()}${first.slice(1).replace(/\.$/, "")}.`;
}

// Reading nodes --------------------------------------------------------------------------------------------------

export const entryOf = (map: MapNode, key: string): Entry | undefined => map.entries.find((entry) => entry.key === key);

export const isText = (node: Node): node is ScalarNode & { value: string } =>
  node.kind === "scalar" && typeof node.value === "string";

/** What was written, in a few words, for an error. */
export function shown(node: Node): string {
  if (node.kind === "scalar") return node.value === null ? "nothing" : `"${node.text}"`;
  return node.kind === "list" ? "a list" : "a map";
}
