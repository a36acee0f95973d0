// From a part of a plan to its place in a file.

import { type Place, Report } from "../compile/diagnostic.ts";
import { entryOf, type MapNode, type Node, parseDocuments, Source, type SourceFile } from "../compile/source.ts";
import type { Plan } from "../plan.ts";
import type { Spot } from "./finding.ts";

/** Files are read when the first place in them is asked for. */
export class Places {
  private readonly files: ReadonlyMap<string, SourceFile>;
  private readonly plans: ReadonlyMap<string, Plan>;
  private readonly read = new Map<string, readonly MapNode[]>();

  constructor(files: readonly SourceFile[], plans: readonly Plan[]) {
    this.files = new Map(files.map((file) => [file.file, file]));
    this.plans = new Map(plans.map((plan) => [plan.workflow, plan]));
  }

  of(spot: Spot): Place {
    const found = "path" in spot ? this.step(spot.workflow, spot.path) : this.entry(spot.section, spot.id);
    let { place } = found;
    let node = found.node;
    for (const key of spot.keys ?? []) {
      const entry = node?.kind === "map" ? entryOf(node, key) : undefined;
      if (entry === undefined) break;
      node = entry.value;
      place = spot.word === undefined ? entry.place : entry.value.place;
    }
    return spot.word === undefined ? place : (this.word(node, spot.word) ?? place);
  }

  private step(workflow: string, path: string): { place: Place; node?: Node } {
    const at = this.plans.get(workflow)?.positions[path];
    if (at === undefined) return { place: this.start(workflow) };
    const place = { ...at, length: 1 };
    for (const document of this.documents(at.file)) {
      if (path === "enroll" || path === "goal") {
        const entry = entryOf(document, path);
        if (entry?.place.line === at.line && entry.place.column === at.column)
          return { place: entry.place, node: entry.value };
      }
      const node = mapAt(document, at.line, at.column);
      if (node !== undefined) return { place, node };
    }
    return { place };
  }

  /** Where a workflow without such a part begins. */
  private start(workflow: string): Place {
    for (const file of this.files.keys()) {
      for (const document of this.documents(file)) {
        const entry = entryOf(document, "workflow");
        if (entry?.value.kind === "scalar" && entry.value.value === workflow) return entry.value.place;
      }
    }
    return { file: [...this.files.keys()][0] ?? "", line: 1, column: 1, length: 1 };
  }

  private entry(section: string, id: string): { place: Place; node?: Node } {
    for (const file of this.files.keys()) {
      for (const document of this.documents(file)) {
        const map = entryOf(document, section)?.value;
        const entry = map?.kind === "map" ? entryOf(map, id) : undefined;
        if (entry !== undefined) return { place: entry.place, node: entry.value };
      }
    }
    return { place: this.start(id) };
  }

  /** The value itself, or where a text first has the word. */
  private word(node: Node | undefined, word: string): Place | undefined {
    if (node === undefined) return undefined;
    if (node.kind === "scalar") {
      if (node.text === word) return node.place;
      const file = this.files.get(node.place.file);
      const at = file === undefined ? -1 : whole(file.text.slice(node.range[0], node.range[1]), word);
      if (file === undefined || at === -1) return undefined;
      return new Source(file).place(node.range[0] + at, node.range[0] + at + word.length);
    }
    const inside = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
    if (node.kind === "map") {
      const key = entryOf(node, word);
      if (key !== undefined) return key.place;
    }
    for (const one of inside) {
      const found = this.word(one, word);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  documents(file: string): readonly MapNode[] {
    const before = this.read.get(file);
    if (before !== undefined) return before;
    const source = this.files.get(file);
    const nodes = source === undefined ? [] : parseDocuments(new Source(source), new Report());
    const maps = nodes.filter((node) => node.kind === "map");
    this.read.set(file, maps);
    return maps;
  }
}

/** Where a word first stands by itself: `link.book` is not in `link.booking`; else where its letters do. */
function whole(text: string, word: string): number {
  const within = /[\w.-]/;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const after = text.slice(at + word.length).replace(/^[.-]+(?!\w)/, "");
    if (!within.test(text[at - 1] ?? "") && !within.test(after[0] ?? "")) return at;
  }
  return text.indexOf(word);
}

function mapAt(node: Node, line: number, column: number): MapNode | undefined {
  if (node.kind === "list") return first(node.items, line, column);
  if (node.kind !== "map") return undefined;
  const inside = first(
    node.entries.map(({ value }) => value),
    line,
    column,
  );
  // the innermost: a document and its first step may begin at one place only in flow style, where they do not
  if (inside !== undefined) return inside;
  return node.place.line === line && node.place.column === column ? node : undefined;
}

function first(nodes: readonly Node[], line: number, column: number): MapNode | undefined {
  for (const node of nodes) {
    const found = mapAt(node, line, column);
    if (found !== undefined) return found;
  }
  return undefined;
}
