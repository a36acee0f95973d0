// Text for people: Liquid parsed, and every merge field in it looked up.

import { Liquid, type Template as LiquidTemplate } from "liquidjs";
import { nearest, type Report } from "./diagnostic.ts";
import type { Names } from "./names.ts";
import type { ScalarNode, Source } from "./source.ts";
import { subjectNamed, subjectNames } from "./subjects.ts";

const liquid = new Liquid({ strictFilters: true });

/** The CRM's own merge names for facts that have another name here, and what never comes from the catalog. */
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

/** Roots whose names are open: an event's properties, a send's `with`, what a rule found. */
const OPEN_ROOTS = ["event", "with"];
const TRIGGER = ["trigger.reasons", "trigger.level", "trigger.evidence"];

export interface TextScope {
  readonly report: Report;
  readonly names: Names;
  readonly source: Source;
  /** Whether the reader may ask for what a rule found. */
  readonly rule: boolean;
}

/** Reports what is wrong with a text; its content is not changed. */
export function checkText(node: ScalarNode & { value: string }, scope: TextScope): void {
  let parsed: LiquidTemplate[];
  try {
    parsed = liquid.parse(node.value);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/, line:\d+.*$/s, "");
    scope.report.error("bad-template", node.place, `this text cannot be read: ${reason}.`);
    return;
  }
  const written = scope.source.text.slice(node.range[0], node.range[1]);
  const finder = new Finder(written, node.range[0], scope.source);
  for (const name of mergeFields(parsed)) checkField(name, finder, scope);
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
    const pattern = new RegExp(`\\{[{%][^}]*?(?<![\\w.])(${name.replaceAll(".", "\\.")})(?![\\w])`, "d");
    const found = pattern.exec(this.written)?.indices?.[1];
    const [from, to] = found ?? [0, this.written.length];
    return this.source.place(this.offset + from, this.offset + to);
  }

  /** Whether its first use in an output has a `default` filter, or every use stands under an `if` that asks for it. */
  guarded(name: string): boolean {
    const word = name.replaceAll(".", "\\.");
    const outputs = [...this.written.matchAll(new RegExp(`\\{\\{-?\\s*${word}(?![\\w.])([^}]*)\\}\\}`, "g"))];
    if (new RegExp(`\\{%-?\\s*(?:if|unless|elsif|case)[^%]*${word}`).test(this.written)) return true;
    return outputs.every((output) => /\|\s*default\b/.test(output[1] ?? ""));
  }
}

function checkField(written: string, finder: Finder, scope: TextScope): void {
  const { names, report } = scope;
  const [root = ""] = written.split(".");
  if (OPEN_ROOTS.includes(root)) return;
  if (root === "trigger" && scope.rule && TRIGGER.includes(written)) return;
  if (
    root === "link" ||
    root === "step" ||
    root === "vars" ||
    root === "inputs" ||
    root === "location" ||
    root === "custom_values"
  ) {
    report.notAvailable(`${root}.*`, finder.place(written));
    return;
  }
  if (written === "lead.reasons") return;
  const name = root === "user" ? written.replace(/^user/, "agent") : crmName(written);
  const custom = name.replace(/^contact\.(?!custom\.)/, "contact.custom.");
  const field = names.fields.get(name) ?? names.fields.get(custom) ?? subjectNamed(name);
  if (field === undefined || !/^(contact|agent|opportunity|appointment|lead)\./.test(name)) {
    const known = [...names.fields.keys(), ...subjectNames(), ...Object.keys(CRM_NAMES)].filter(isForPeople);
    const near = nearest(written, known);
    const advice = near === undefined ? "" : ` Did you mean "${near}"?`;
    report.error("unknown-field", finder.place(written), `"${written}" is not a field.${advice}`);
    return;
  }
  if (field.missing === true) {
    report.notAvailable(written, finder.place(written));
    return;
  }
  if (field.optional && name.startsWith("contact.") && !finder.guarded(written)) {
    const word = field.type === "text" ? "'there'" : "…";
    report.warning("no-default", finder.place(written), `${written} can be empty. Add: | default: ${word}`);
  }
}

const isForPeople = (name: string): boolean => /^(contact|agent|opportunity|appointment|lead|user)\./.test(name);
