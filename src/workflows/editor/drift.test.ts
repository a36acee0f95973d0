// What the compiler knows and what the schema says are the same words, both ways. The compiler is asked by being given
// every word it could possibly mean: all that its own sources quote, and all that the schema has.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { ALL_OPERATORS, subjectNames } from "../compile/subjects.ts";
import { COMMON, MANNERS, VERBS } from "../compile/verbs.ts";
import { NOTHING_NAMED, schemaOf, stepKeys } from "./schema.ts";

type Json = Record<string, unknown>;

const sources = new URL("../compile/", import.meta.url);
const quoted = readdirSync(sources)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .flatMap((name) => [...readFileSync(new URL(name, sources), "utf8").matchAll(/["'`]?\b([a-z][a-z_]*)\b["'`:]/g)])
  .map(([, word]) => word as string);
const schema = schemaOf() as { properties: Record<string, Json>; definitions: Record<string, Json> };
const written = [...JSON.stringify(schema).matchAll(/"([a-z][a-z_]*)":/g)].map(([, word]) => word as string);
const WORDS = [...new Set([...quoted, ...written])].sort();

const every = (words: readonly string[] = WORDS) => `{ ${words.map((word) => `${word}: `).join(", ")} }`;

/** The words that the compiler takes in this place: those it does not call unknown. */
function taken(text: string, codes = ["unknown-key", "unknown-channel"]): string[] {
  const { diagnostics } = compile([{ file: "a.yaml", text }]);
  const refused = diagnostics
    .filter(({ code }) => codes.includes(code))
    .map(({ message }) => /"(\w+)"/.exec(message)?.[1]);
  return WORDS.filter((word) => !refused.includes(word));
}

const keysOf = (one: unknown): string[] => Object.keys((one as { properties: Json }).properties).sort();
const document = (name: string) => schema.properties[name] as Json;
/** Of a section's entries, or of a list's items. */
const inside = (one: Json): Json =>
  ("items" in one ? one["items"] : Object.values(one["patternProperties"] as Json)[0]) as Json;
const deeper = (one: Json, ...path: string[]): Json =>
  path.reduce<Json>((from, key) => followed((from["properties"] as Json)[key] as Json), one);
const followed = (one: Json): Json =>
  typeof one["$ref"] === "string" ? (schema.definitions[one["$ref"].split("/").at(-1) as string] as Json) : one;

test("a document", () => {
  expect(taken(every())).toEqual(keysOf(schema));
});

test("a step: its verbs, their manner, and what all share", () => {
  const manners = Object.values(MANNERS).flat();
  expect(Object.keys(stepKeys(NOTHING_NAMED)).sort()).toEqual([...new Set([...VERBS, ...manners, ...COMMON])].sort());
});

const w = (rest: string) => `workflow: w\nsteps: []\n${rest}`;
test.each<[string, string, Json]>([
  ["enroll", w(`enroll: ${every()}`), document("enroll")],
  ["a schedule", w(`enroll: { when: [{ schedule: ${every()} }] }`), at("enroll", "when", "schedule")],
  ["a date", w(`enroll: { when: [{ date.reached: ${every()} }] }`), at("enroll", "when", "date.reached")],
  ["goal", w(`goal: ${every()}`), document("goal")],
  ["an exit", w(`exit: [${every()}]`), inside(document("exit"))],
  ["a pause", w(`pause: [${every()}]`), inside(document("pause"))],
  ["on_error", w(`on_error: ${every()}`), document("on_error")],
  ["caps", w(`caps: ${every()}`), document("caps")],
  ["a value", w(`vars: { tier: ${every()} }`), inside(document("vars"))],
  ["a template", `templates: { t: ${every()} }`, inside(document("templates"))],
  ["a text", `templates: { t: { sms: ${every()} } }`, deeper(inside(document("templates")), "sms")],
  ["an e-mail", `templates: { t: { email: ${every()} } }`, deeper(inside(document("templates")), "email")],
  ["a call", `templates: { t: { voice: ${every()} } }`, deeper(inside(document("templates")), "voice")],
  [
    "a WhatsApp message",
    `templates: { t: { whatsapp: ${every()} } }`,
    deeper(inside(document("templates")), "whatsapp"),
  ],
  ["a trigger", `triggers: { t: ${every()} }`, inside(document("triggers"))],
  ["a guard", `triggers: { t: { guard: ${every()} } }`, deeper(inside(document("triggers")), "guard")],
  ["a segment", `segments: { s: ${every()} }`, inside(document("segments"))],
  ["an experiment", `experiments: { x: ${every()} }`, inside(document("experiments"))],
  ["a metric", `experiments: { x: { metric: ${every()} } }`, deeper(inside(document("experiments")), "metric")],
  [
    "a guardrail",
    `experiments: { x: { guardrails: [${every()}] } }`,
    inside(deeper(inside(document("experiments")), "guardrails")),
  ],
  ["a stop rule", `experiments: { x: { stop: ${every()} } }`, deeper(inside(document("experiments")), "stop")],
  ["a field", `fields: { contact.custom.x: ${every()} }`, inside(document("fields"))],
  ["an event", `events: { tour.held: ${every()} }`, inside(document("events"))],
  ["settings", `settings: ${every()}`, document("settings")],
  ["defaults", `settings: { defaults: ${every()} }`, deeper(document("settings"), "defaults")],
  [
    "a wait",
    w(`x: `).replace("steps: []\nx: ", `steps: [{ wait: ${every()} }]`),
    deeper(schema.definitions["step"] as Json, "wait"),
  ],
  ["a score", `workflow: w\nsteps: [{ score: ${every()} }]`, deeper(schema.definitions["step"] as Json, "score")],
  [
    "a case",
    `workflow: w\nsteps: [{ choose: [${every()}] }]`,
    inside(deeper(schema.definitions["step"] as Json, "choose")),
  ],
])("%s", (_, text, one) => {
  const known = keysOf(one);
  const remark = known.includes("about") ? [] : ["about"]; // a remark may stand on every construct
  expect(taken(text).filter((word) => !remark.includes(word))).toEqual(known);
});

function at(section: string, key: string, event: string): Json {
  return deeper(inside(deeper(document(section), key)), event);
}

test("conditions: words, operators, questions about history, subjects", () => {
  const condition = schema.definitions["condition"] as Json;
  const words = taken(`segments: { s: { if: ${every()} } }`, ["unknown-subject"]);
  const subjects = new Set(subjectNames());
  expect(keysOf(condition).filter((name) => !name.includes("."))).toEqual(words);
  expect(keysOf(condition).filter((name) => name.includes("."))).toEqual([...subjects].sort());
  const operators = keysOf(schema.definitions["operators"]);
  expect(operators.filter((word) => word !== "if_missing" && word !== "since")).toEqual([...ALL_OPERATORS].sort());
  const history = taken(`segments: { s: { if: { behavior.property_view: ${every()} } } }`);
  expect(keysOf(schema.definitions["history"])).toEqual(history);
});
