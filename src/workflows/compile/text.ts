// Text for people: Liquid parsed, every merge field in it looked up, and nothing in it that could run for long.

import { Liquid, type Template as LiquidTemplate } from "liquidjs";
import { bounded } from "../../kernel/liquid.ts";
import { didYouMean } from "./diagnostic.ts";
import { loopsIn } from "./loops.ts";
import type { Scope } from "./names.ts";
import { isText, type Node, type ScalarNode, type Source, shown } from "./source.ts";
import { STEP_FACTS, subjectNamed, subjectNames } from "./subjects.ts";

/** The same bounds that rendering has: longer text than this is refused there, too. */
const LONGEST = 60_000;
/** Outputs and tags, all told, and different fields among them. */
const MOST_PARTS = 1_000;
const MOST_FIELDS = 200;
const MOST_PASSES = 10_000;

const liquid = bounded(new Liquid({ strictFilters: true, templates: {}, parseLimit: LONGEST }));

/** The CRM's own merge names for facts that have another name here. */
const CRM_NAMES: Readonly<Record<string, string>> = {
  "contact.full_name": "contact.name",
  "contact.address1": "contact.address",
  "contact.company_name": "contact.company",
  "contact.timezone": "contact.time_zone",
  "appointment.start_time": "appointment.start",
  "appointment.end_time": "appointment.end",
};
const crmName = (written: string): string =>
  Object.hasOwn(CRM_NAMES, written) ? (CRM_NAMES[written] as string) : written;

/** Roots whose names are open: an event's properties, a send's `with`, the location's links. */
const OPEN_ROOTS = ["event", "with", "link"];
/** What a rule found: known in its own texts, and in those of the workflows it starts. */
const TRIGGER = ["trigger.reasons", "trigger.level", "trigger.evidence"];

/** Where a text stands. A template has no steps of its own: it is sent by any workflow. */
export interface ActionScope {
  readonly scope: Scope;
  readonly source: Source;
}

/** Liquid text that a step shows to people. */
export function peopleText(node: Node, key: string, within: ActionScope): string | undefined {
  if (!isText(node) || node.value.trim() === "") {
    return within.scope.report.error("bad-value", node.place, `"${key}" takes text, not ${shown(node)}.`);
  }
  checkText(node, within);
  return node.value;
}

/** Reports what is wrong with a text; its content is not changed. */
export function checkText(node: ScalarNode & { value: string }, { scope, source }: ActionScope): void {
  const { report } = scope;
  if (node.value.length > LONGEST) {
    report.error("too-long", node.place, `this text has ${node.value.length} characters; at most ${LONGEST} are read.`);
    return;
  }
  if ((node.value.match(/\{[{%]/g)?.length ?? 0) > MOST_PARTS) {
    report.error("too-many-fields", node.place, `a text has at most ${MOST_PARTS} places to fill.`);
    return;
  }
  let parsed: LiquidTemplate[];
  try {
    parsed = liquid.parse(node.value);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/, line:\d+.*$/s, "");
    report.error("bad-template", node.place, `this text cannot be read: ${reason}.`);
    return;
  }
  const written = source.text.slice(node.range[0], node.range[1]);
  const finder = new Finder(written, node.range[0], source);
  for (const loop of loopsIn(written, MOST_PASSES)) {
    const place = source.place(node.range[0] + loop.from, node.range[0] + loop.to);
    report.error("too-many-passes", place, `this goes round ${loop.passes} times; a text may at most ${MOST_PASSES}.`);
  }
  const fields = mergeFields(parsed);
  if (fields.length > MOST_FIELDS) {
    report.error("too-many-fields", node.place, `a text names at most ${MOST_FIELDS} fields.`);
    return;
  }
  for (const name of fields) checkField(name, finder, scope);
}

/** Each full name once; those that the text itself assigns are not among them. */
function mergeFields(parsed: LiquidTemplate[]): readonly string[] {
  const names = new Set<string>();
  for (const segments of liquid.globalVariableSegmentsSync(parsed)) {
    const words = segments.filter((segment): segment is string => typeof segment === "string");
    names.add(words.join("."));
  }
  return [...names];
}

/** The fields that a text names, of one that compiles. */
export const fieldsIn = (text: string): readonly string[] => mergeFields(liquid.parse(text));

class Finder {
  private readonly written: string;
  private readonly offset: number;
  private readonly source: Source;

  constructor(written: string, offset: number, source: Source) {
    this.written = written;
    this.offset = offset;
    this.source = source;
  }

  /** Where a field first stands inside braces, or the text itself. */
  place(name: string) {
    const pattern = new RegExp(`\\{[{%][^{}]*?(?<![\\w.])(${literally(name)})(?![\\w])`, "d");
    const found = pattern.exec(this.written)?.indices?.[1];
    const [from, to] = found ?? [0, this.written.length];
    return this.source.place(this.offset + from, this.offset + to);
  }

  /** Whether its first use in an output has a `default` filter, or every use stands under an `if` that asks for it. */
  guarded(name: string): boolean {
    const word = literally(name);
    const outputs = [...this.written.matchAll(new RegExp(`\\{\\{-?\\s*${word}(?![\\w.])([^}]*)\\}\\}`, "g"))];
    if (new RegExp(`\\{%-?\\s*(?:if|unless|elsif|case)[^%]*${word}`).test(this.written)) return true;
    return outputs.every((output) => /\|\s*default\b/.test(output[1] ?? ""));
  }
}

/** For a pattern: names that texts give in brackets may have any sign. */
export const literally = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function checkField(written: string, finder: Finder, scope: Scope): void {
  const { names, report } = scope;
  const [root = "", second] = written.split(".");
  if (OPEN_ROOTS.includes(root) && second !== undefined) return;
  if (TRIGGER.some((known) => written === known || written.startsWith(`${known}.`))) return;
  if (written === "lead.reasons" || written === "unsubscribe_link") return;
  if (["vars", "inputs", "step"].includes(root) && checkOwn(written, finder, scope)) return;
  const name = root === "user" ? written.replace(/^user/, "agent") : crmName(written);
  const custom = name.replace(/^contact\.(?!custom\.)/, "contact.custom.");
  const field = names.fields.get(name) ?? names.fields.get(custom) ?? subjectNamed(name);
  if (field === undefined || !/^(contact|agent|opportunity|appointment|lead)\./.test(name)) {
    const known = [...names.fields.keys(), ...subjectNames(), ...Object.keys(CRM_NAMES), ...TRIGGER];
    const advice = didYouMean(written, [...known.filter(isForPeople), ...ownNames(scope)]);
    report.error("unknown-field", finder.place(written), `"${written}" is not a field.${advice}`);
    return;
  }
  if (field.optional && name.startsWith("contact.") && !finder.guarded(written)) {
    const word = field.type === "text" ? "'there'" : "…";
    report.warning("no-default", finder.place(written), `${written} can be empty. Add: | default: ${word}`);
  }
}

/** A value of the run: known where the text belongs to one workflow, open in a template, none of a rule's. */
function checkOwn(written: string, finder: Finder, scope: Scope): boolean {
  const [root = "", second, fact = "", ...rest] = written.split(".");
  if (second === undefined || scope.kind === "rule") return false;
  if (root !== "step") {
    const own = scope.own?.[root as "vars" | "inputs"];
    return own === undefined || (own.has(second) && fact === "");
  }
  const known = (fact === "outputs" && rest.length === 1) || (rest.length === 0 && STEP_FACTS.has(fact));
  if (known && scope.own !== undefined) scope.steps.push({ id: second, place: finder.place(written) });
  return known;
}

const ownNames = ({ own }: Scope): readonly string[] => [
  ...[...(own?.vars.keys() ?? [])].map((name) => `vars.${name}`),
  ...[...(own?.inputs.keys() ?? [])].map((name) => `inputs.${name}`),
];

const isForPeople = (name: string): boolean =>
  /^(contact|agent|opportunity|appointment|lead|user|trigger)\./.test(name);
