// Drawings of a plan: complete, the same every time, and nothing lies over anything else.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import type { Plan } from "../plan.ts";
import { chartOf } from "./chart.ts";
import { mermaidOf } from "./mermaid.ts";
import { layoutOf, type PlacedBox, svgOf } from "./svg.ts";

const folder = fileURLToPath(new URL("../../../workflows", import.meta.url));
const shipped = compile(
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((file) => ({ file, text: readFileSync(`${folder}/${file}`, "utf8") })),
).plans;

const SMALL = `
workflow: w
name: A "small" one & <its> test
about: Shows every kind of branch.
enroll: { when: contact.created, if: { contact.city: Austin } }
goal: { when: appointment.booked, within: 30d }
exit: [{ when: message.replied, reason: they answered }]
pause: [{ when: agent.contacted, for: 3d }]
steps:
  - { id: hello, send: hello, via: [email, sms], if_blocked: [{ end: unreachable }] }
  - id: opened
    wait_for: email.opened
    within: 24h
    then: [{ skip_to: closing }]
  - id: interest
    choose:
      - { name: Hot, if: { lead.score: { at_least: 0.7 } }, do: [{ id: call, task: Call now }] }
    otherwise: [{ tag: nurture }]
  - { id: again, do: [{ id: nudge, send: hello }], repeat: 3, every: 2d, until: { step.hello.opened: true } }
  - { id: closing, end: done }
---
templates: { hello: { email: { subject: Hi, body: Hello }, sms: Hello } }
`;
const small = (): Plan => {
  const [plan] = compile([{ file: "a.yaml", text: SMALL }]).plans;
  if (plan === undefined) throw new Error("the example does not compile");
  return plan;
};

const overlap = (a: PlacedBox, b: PlacedBox) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe.each(shipped.map((plan) => [plan.workflow, plan] as const))("%s", (_, plan) => {
  const layout = layoutOf(chartOf(plan));

  test("has a box for every step, and no two boxes overlap", () => {
    const steps = plan.lists.flat().filter((step) => step.verb !== "skip_to");
    const ids = new Set(layout.boxes.map(({ box }) => box.id));
    expect(ids.size).toBe(layout.boxes.length);
    for (const step of steps) expect(ids.has(chartOf(plan).ids.get(step.path) ?? "")).toBe(true);
    layout.boxes.forEach((one, index) => {
      for (const other of layout.boxes.slice(0, index)) expect(overlap(one, other)).toBe(false);
    });
  });

  test("every line leaves from the border of a box, ends at one, and crosses none", () => {
    const boxes = new Map(layout.boxes.map((placed) => [placed.box.id, placed]));
    for (const { from, to, points } of layout.edges) {
      const [start, end] = [boxes.get(from) as PlacedBox, boxes.get(to) as PlacedBox];
      expect(points[0]).toEqual([start.x + start.width / 2, start.y + start.height]);
      expect(points.at(-1)).toEqual([end.x + end.width / 2, end.y]);
      points.slice(1).forEach(([x, y], index) => {
        const [px, py] = points[index] as readonly [number, number];
        expect(x === px || y === py).toBe(true);
        const line = { x: Math.min(x, px), y: Math.min(y, py), width: Math.abs(x - px), height: Math.abs(y - py) };
        for (const other of layout.boxes) expect(overlap(line as PlacedBox, other)).toBe(false);
      });
    }
  });

  test("stays on the page", () => {
    for (const { x, y, width, height } of layout.boxes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(layout.width);
      expect(y + height).toBeLessThanOrEqual(layout.height);
    }
  });
});

test("the same plan is the same drawing, byte for byte", () => {
  expect(svgOf(chartOf(small()))).toBe(svgOf(chartOf(small())));
  expect(mermaidOf(chartOf(small()))).toBe(mermaidOf(chartOf(small())));
});

test("the drawing has a title and a description, light and dark colors, and no text that is markup", () => {
  const svg = svgOf(chartOf(small()));
  expect(svg).toContain('role="img" aria-labelledby="latchkey-w-title latchkey-w-desc"');
  expect(svg).toContain('<title id="latchkey-w-title">A &quot;small&quot; one &amp; &lt;its&gt; test</title>');
  expect(svg).toContain("Shows every kind of branch.");
  expect(svg).toContain("prefers-color-scheme:dark");
  expect(svg).not.toMatch(/<its>/);
});

test("Mermaid shows steps, branches with their conditions in words, waits, goal and exits", () => {
  const text = mermaidOf(chartOf(small()));
  for (const line of MERMAID) expect(text.split("\n")).toContain(`  ${line}`);
  expect(text).not.toContain("completed"); // every way ends before the bottom
});

const MERMAID = [
  'enroll(["<b>enroll</b><br/>when contact.created<br/>if contact.city is Austin"])',
  'n1[/"<b>hello</b><br/>send hello by email, else sms"/]',
  'n6(["<b>end: unreachable</b>"])',
  'n2("<b>opened</b><br/>wait for email.opened, at most 1d")',
  'n4{{"<b>again</b><br/>repeat up to 3 times, 2d apart, until step.hello.opened is true"}}',
  '  goal["<b>goal</b><br/>appointment.booked, within 30d<br/>then the run ends"]',
  '  exit1["<b>exit</b><br/>message.replied<br/>they answered"]',
  '  pause1["<b>pause</b><br/>agent.contacted, for 3d"]',
  'n1 -->|"sent"| n2',
  'n1 -->|"blocked"| n6',
  'n2 -->|"came"| n5',
  'n2 -->|"did not come in time"| n3',
  'n3 -->|"Hot: lead.score at least 0.7"| n7',
  'n3 -->|"otherwise"| n8',
  "n8 --> n4",
  "n9 --> n5",
];
