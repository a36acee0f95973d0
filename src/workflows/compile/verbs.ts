// The verbs of the language and which keys go with which: what a step's map may hold.

import { didYouMean, nearest, type Report } from "./diagnostic.ts";
import type { Entry, MapNode } from "./source.ts";

/** Keys that go with a verb, in the order in which the language lists the verbs. */
export const MANNERS: Readonly<Record<string, readonly string[]>> = {
  send: [
    "via",
    "within",
    "hold",
    "proceed",
    "if_failed",
    "if_late",
    "if_blocked",
    "if_expired",
    "with",
    "from",
    "subject",
    "purpose",
    "urgent",
  ],
  wait: ["if_past", "if_missing"],
  wait_for: ["within", "of", "since", "then", "otherwise"],
  choose: ["otherwise"],
  do: ["otherwise", "repeat", "until", "every"],
  test: ["step", "variants"],
  call: ["with", "within", "otherwise"],
  parallel: ["join", "within"],
  tag: [],
  update: [],
  note: [],
  task: ["body", "to", "due"],
  assign: ["by", "only"],
  notify: ["message", "through"],
  opportunity: ["pipeline", "stage", "value", "name"],
  webhook: ["method", "headers", "body", "secret", "save", "timeout"],
  highlevel_workflow: ["action"],
  start: ["with"],
  stop: ["reason"],
  set: [],
  emit: ["with"],
  score: ["for", "because"],
  skip_to: [],
  end: ["goal", "outputs"],
};
export const COMMON = ["id", "name", "about", "if", "on_error"];

export const VERBS: readonly string[] = Object.keys(MANNERS);

/** The one verb of a step, or nothing after a report. Its other keys are checked too. */
export function verbOf(map: MapNode, report: Report): Entry | undefined {
  const verbs = map.entries.filter((entry) => VERBS.includes(entry.key));
  const [verb, second] = verbs;
  if (verb === undefined) return noVerb(map, report);
  if (second !== undefined) {
    const at = (entry: Entry) => `"${entry.key}" (${entry.place.line}:${entry.place.column})`;
    const message = `a step does one thing; this one has ${at(verb)} and ${at(second)}. Make them two steps.`;
    return report.error("two-verbs", verb.place, message);
  }
  for (const entry of map.entries) if (entry !== verb) checkManner(entry, verb.key, report);
  return verb;
}

function checkManner({ key, place }: Entry, verb: string, report: Report): void {
  if (COMMON.includes(key) || MANNERS[verb]?.includes(key) === true) return;
  if (/^(ignore|skip|override|bypass)_/.test(key)) {
    const message = `"${key}" does not exist: a workflow can only be stricter than the location's rules.`;
    report.error("unknown-key", place, message);
    return;
  }
  const owners = VERBS.filter((other) => MANNERS[other]?.includes(key) === true);
  if (owners.length > 0) {
    const message = `"${key}" does not go with "${verb}". It belongs to: ${owners.join(", ")}.`;
    report.error("unknown-key", place, message);
    return;
  }
  const known = [...(MANNERS[verb] ?? []), ...COMMON];
  report.error("unknown-key", place, `"${key}" is not a key of "${verb}".${didYouMean(key, known)}`);
}

/** What other tools call our verbs. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["sms", "send"],
  ["email", "send"],
  ["text", "send"],
  ["message", "send"],
  ["delay", "wait"],
  ["sleep", "wait"],
  ["goto", "skip_to"],
  ["jump", "skip_to"],
  ["exit", "end"],
  ["branch", "choose"],
  ["switch", "choose"],
  ["loop", "do"],
  ["http", "webhook"],
]);

/** The first key was meant as a verb, or some later one was, or there is none. */
function noVerb(map: MapNode, report: Report): undefined {
  const [first] = map.entries;
  const manners = Object.values(MANNERS).flat();
  const unknown = map.entries.filter(({ key }) => !COMMON.includes(key) && !manners.includes(key));
  if (first !== undefined && unknown[0] === first) {
    const meant = ELSEWHERE.get(first.key);
    const near = meant === undefined ? didYouMean(first.key, VERBS) : ` Did you mean "${meant}"?`;
    const message = `"${first.key}" is not a verb.${near}`;
    return report.error("unknown-key", first.place, message);
  }
  for (const { key, place } of unknown) {
    const near = nearest(key, VERBS);
    if (near === undefined) continue;
    return report.error("no-verb", place, `this step does nothing. Did you mean "${near}" for "${key}"?`);
  }
  return report.error("no-verb", map.place, `this step does nothing. Give it a verb: ${VERBS.join(", ")}.`);
}
