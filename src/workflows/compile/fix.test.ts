import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { nameWaits } from "./fix.ts";

const LIBRARY = { file: "lib.yaml", text: "templates: { hi: { sms: Hi } }" };
const TEXT = `workflow: w
steps:
  - send: hi            # remarks stay
    if_failed: [ { send: hi }, { id: send_hi, tag: a } ]
  - { wait: 2d }
  - wait_for: message.replied
    within: 1d
  - parallel: { a: [ { tag: a } ], b: [ { call: other, within: 1d } ] }
  - { webhook: https://hooks.example.com, save: { vars.x: y } }
---
workflow: other
steps: [ { tag: a } ]
`;

describe("check --fix", () => {
  const file = { file: "a.yaml", text: TEXT };
  const fixed = nameWaits(file, compile([file, LIBRARY]).diagnostics);

  test("names each step on which leads would park, and touches nothing else", () => {
    expect(fixed).toBe(`workflow: w
steps:
  - id: send_hi_2
    send: hi            # remarks stay
    if_failed: [ { id: send_hi_3, send: hi }, { id: send_hi, tag: a } ]
  - { id: wait, wait: 2d }
  - id: wait_for_replied
    wait_for: message.replied
    within: 1d
  - id: parallel
    parallel: { a: [ { tag: a } ], b: [ { id: call_other, call: other, within: 1d } ] }
  - { id: webhook, webhook: https://hooks.example.com, save: { vars.x: y } }
---
workflow: other
steps: [ { tag: a } ]
`);
  });

  test("leaves a file that has nothing to name, and is done after one go", () => {
    const again = { file: "a.yaml", text: fixed };
    expect(compile([again, LIBRARY]).diagnostics).toEqual([]);
    expect(nameWaits(again, compile([again, LIBRARY]).diagnostics)).toBe(fixed);
  });
});
