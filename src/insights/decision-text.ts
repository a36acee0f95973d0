// Why, as text: what a terminal prints of a decision and the page copies.

import { DAY } from "../kernel/time.ts";
import { moment } from "./moment.ts";
import type { DecisionView, VerdictView } from "./view.ts";

/** The sentence, when it was decided, and the chain with every check: its words, and its code for who looks a rule up. */
export function decisionText({ sentence, at, zone, id, message, text, links }: DecisionView): string {
  const instant = Date.parse(at);
  const clock = `${moment(instant, instant + 7 * DAY, zone)} ${zone} (${at})`;
  return [
    sentence,
    `  ${clock} · decision ${id}${message === undefined ? "" : ` · message ${message}`}`,
    ...(text?.attached ?? []).map((file) => `  Attached: ${file}`),
    ...links.flatMap(({ label, line, note, verdicts = [] }) => [
      `  ${label.padEnd(10)}  ${line}${note === undefined ? "" : ` (${note})`}`,
      ...verdicts.map(verdictText),
    ]),
  ].join("\n");
}

const verdictText = ({ ok, label, line, code, round, until }: VerdictView): string =>
  `    ${ok ? "ok" : "no"}  ${label}: ${line} [${code}${until === undefined ? "" : `, until ${until}`}]${round === "send" ? ", just before sending" : ""}`;
