// What loading a workflow costs: a file of 500 lines with the whole check and the lint, beside parsing the same YAML
// alone (target: under 50 ms warm). Prints milliseconds and their ratio.
//
//   npm run bench compile

import { Composer, Parser } from "yaml";
import { compile } from "../src/workflows/index.ts";
import { lint } from "../src/workflows/lint/lint.ts";

const MEASURED = 60;

const chapter = (n: number): string => `  - id: welcome_${n}
    send: hello
    via: [email, sms]
    hold: 24h
    if: { lead.score: { at_least: 0.3 }, contact.tags: { not_contains: Investor, if_missing: true } }
    if_blocked:
      - { id: by_hand_${n}, task: "Call {{ contact.name }}", to: owner, due: 1d }
  - id: opened_${n}
    wait_for: { any: [email.opened, message.replied] }
    of: welcome_${n}
    within: 48h
    then: [ { tag: reads-email } ]
    otherwise:
      - id: interest_${n}
        choose:
          - name: Hot
            if: { any: [ { segment: warm }, { behavior.property_view: { count: 3, within: 7d } } ] }
            do: [ { id: ring_${n}, task: "Call {{ contact.name }} now", to: owner, due: 15m } ]
        otherwise: [ { tag: nurture } ]
  - { id: later_${n}, wait: { for: 2d, during: business_hours } }
`;

const text = `workflow: long
enroll: { when: contact.created, if: { contact.tags: { contains: Buyer } } }
goal: { when: appointment.booked, within: 30d }
exit: [ { when: opportunity.won }, { if: { lead.idle: { at_least: 30d } } } ]
steps:
${Array.from({ length: 24 }, (_, n) => chapter(n)).join("")}  - { id: done, end: nurtured }
---
segments: { warm: { if: { lead.score: { at_least: 0.7 } } } }
templates:
  hello:
    sms: "Hi {{ contact.first_name | default: 'there' }}, {{ agent.first_name }} here."
    email: { subject: "Hello", body: "Hi {{ contact.first_name | default: 'there' }}.\\n{{ agent.first_name }}" }
`;

function medianMs(work: () => unknown): number {
  const times: number[] = [];
  for (let n = 0; n < 2 * MEASURED; n += 1) {
    const started = performance.now();
    work();
    times.push(performance.now() - started);
  }
  return times.slice(MEASURED).sort((a, b) => a - b)[MEASURED / 2] ?? 0;
}

const files = [{ file: "long.yaml", text }];
const { content } = compile(files);
if (content === undefined) throw new Error("the file that is measured has errors");
const parsing = medianMs(() => [...new Composer().compose(new Parser().parse(text))]);
const compiling = medianMs(() => compile(files));
const linting = medianMs(() => lint(content, files));
const loading = compiling + linting;
const lines = text.split("\n").length;
process.stdout.write(
  `${lines} lines: parse ${parsing.toFixed(1)} ms · parse, check and plan ${compiling.toFixed(1)} ms · lint ${linting.toFixed(1)} ms · together ${loading.toFixed(1)} ms, ratio ${(loading / parsing).toFixed(1)}\n`,
);
