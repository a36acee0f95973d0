// What a folder names, read loosely: also from files that do not compile yet, because that is when names are typed.

import { Report } from "../compile/diagnostic.ts";
import { entryOf, type MapNode, type Node, parseDocuments, Source, type SourceFile } from "../compile/source.ts";
import type { Surroundings } from "../lint/finding.ts";
import { NOTHING_NAMED } from "./schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

export function vocabularyOf(files: readonly SourceFile[], around: Surroundings = {}): Vocabulary {
  const documents = files.flatMap((file) => parseDocuments(new Source(file), new Report())).filter(isMap);
  const section = (name: string) => documents.flatMap((map) => keysOf(entryOf(map, name)?.value));
  const setting = (name: string) => documents.flatMap((map) => keysOf(childOf(entryOf(map, "settings")?.value, name)));
  const steps = documents.flatMap((map) => [...mapsIn(entryOf(map, "steps")?.value)]);
  const texts = (maps: readonly MapNode[], name: string) => maps.flatMap((map) => wordsIn(entryOf(map, name)?.value));
  return {
    ...NOTHING_NAMED,
    workflows: sorted(texts(documents, "workflow")),
    groups: sorted(texts(documents, "group")),
    templates: sorted(section("templates")),
    triggers: sorted(section("triggers")),
    segments: sorted(section("segments")),
    experiments: sorted(section("experiments")),
    steps: sorted(texts(steps, "id")),
    fields: sorted([...section("fields"), ...(around.fields ?? []).map(subjectOf)]),
    events: sorted(section("events")),
    tags: sorted([...texts(steps, "tag"), ...(around.tags ?? [])]),
    pipelines: sorted(around.pipelines ?? []),
    stages: sorted((around.stages ?? []).map(({ name }) => name)),
    people: sorted([
      ...setting("teams").map((team) => `team.${team}`),
      ...(around.users ?? []).map((user) => `user.${user}`),
    ]),
    crmWorkflows: sorted([...setting("highlevel_workflows"), ...(around.crmWorkflows ?? [])]),
  };
}

const subjectOf = (key: string): string => `contact.custom.${key.replace(/^contact\./, "").replace(/^custom\./, "")}`;
const sorted = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== "").sort();

const isMap = (node: Node): node is MapNode => node.kind === "map";
const childOf = (node: Node | undefined, key: string) => (node?.kind === "map" ? entryOf(node, key)?.value : undefined);
const keysOf = (node: Node | undefined): string[] => (node?.kind === "map" ? node.entries.map(({ key }) => key) : []);

function* mapsIn(node: Node | undefined): Generator<MapNode> {
  if (node?.kind === "list") for (const item of node.items) yield* mapsIn(item);
  if (node?.kind !== "map") return;
  yield node;
  for (const { value } of node.entries) yield* mapsIn(value);
}

/** A word, the words of a list, or those under `add` and `remove`. */
function wordsIn(node: Node | undefined): string[] {
  if (node === undefined) return [];
  if (node.kind === "scalar") return typeof node.value === "string" ? [node.value] : [];
  if (node.kind === "list") return node.items.flatMap(wordsIn);
  return [...wordsIn(entryOf(node, "add")?.value), ...wordsIn(entryOf(node, "remove")?.value)];
}
