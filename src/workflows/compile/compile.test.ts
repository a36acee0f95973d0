import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { listsIn } from "../lists.ts";
import type { Plan } from "../plan.ts";
import { settle } from "../publish/settle.ts";
import { compile } from "./compile.ts";

const seed = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };

const LIBRARY = {
  file: "lib.yaml",
  text: "templates: { hi: { sms: Hi }, letter: { email: { subject: Hi, body: Ho } } }",
};
const RICH = {
  file: "rich.yaml",
  text: `
templates: { hi: { sms: Hi }, letter: { email: { subject: Hi, body: Ho } } }
segments: { warm: { if: { lead.score: { at_least: 0.6 } } } }
events: { tour.asked: { properties: { home: text } } }
experiments: { e: { variants: { x: 50, y: 50 }, control: x, metric: { when: message.replied, within: 7d } } }
---
workflow: other
status: draft
inputs: { why: { type: text, default: "" } }
steps: [ { tag: other } ]
`,
};
const planOf = (text: string): Plan | undefined =>
  compile([{ file: "a.yaml", text }, RICH]).plans.find(({ workflow }) => workflow === "w");

interface Flow {
  readonly [key: string]: unknown;
}

const leaf = fc.oneof(
  fc.record({ "lead.score": fc.record({ at_least: fc.constantFrom(0.1, 0.5, 0.7) }) }),
  fc.record({ "contact.tags": fc.record({ contains: fc.constantFrom("Investor", "hot: yes", "#1") }) }),
  fc.record({
    "behavior.property_view": fc.record({ count: fc.integer({ min: 1, max: 9 }), within: fc.constant("7d") }),
  }),
);
/** Texts of a webhook's body are Liquid: what only looks like it is a mistake, as is `__proto__`; other tests are about them. */
const isNoMistake = (body: unknown): boolean => !/\{[{%]|"__proto__":/.test(JSON.stringify(body));
const acts = (tag: string) => fc.constantFrom([{ tag }], [{ tag }, { note: tag }], []);
const action = fc.oneof(
  fc.record({ update: fc.record({ "contact.city": fc.constantFrom("Austin", "a: b") }), if: leaf }),
  fc.record({ start: fc.constant("other"), with: fc.record({ why: fc.constantFrom("x", "# no remark") }) }),
  fc.record({ call: fc.constant("other"), within: fc.constant("2d"), otherwise: acts("late") }),
  fc.record({ emit: fc.constant("tour.asked"), with: fc.record({ home: fc.constantFrom("1", "- 2") }) }),
  fc.record({ set: fc.record({ "vars.n": fc.integer({ min: -5, max: 5 }) }), if: fc.constant({ segment: "warm" }) }),
  fc.record({ parallel: fc.record({ a: acts("left"), b: acts("right") }), join: fc.constantFrom("all", "any", 2) }),
  fc.record({ wait_for: fc.constant("form.submitted"), within: fc.constant("1d"), then: acts("came") }),
  fc.record({
    webhook: fc.constant("https://hooks.example.com/x"),
    body: fc.jsonValue({ maxDepth: 2 }).filter(isNoMistake),
  }),
  fc.record({ tag: fc.constantFrom("a", "b: c", "- d") }),
  fc.record({ send: fc.constantFrom("hi", "letter"), if: leaf }),
  fc.record({ wait: fc.constantFrom("90m", "2d", "1h30m") }),
  fc.record({ note: fc.constantFrom("plain", "two\nlines", "  spaced  out") }),
  fc.record({ do: fc.array(fc.record({ tag: fc.constant("in") }), { minLength: 1, maxLength: 2 }), if: leaf }),
);
const workflows: fc.Arbitrary<Flow> = fc.record({
  workflow: fc.constant("w"),
  priority: fc.integer({ min: 0, max: 100 }),
  enroll: fc.record({ when: fc.constantFrom("contact.created", "form.submitted"), if: leaf }),
  steps: fc
    .tuple(fc.array(action, { minLength: 1, maxLength: 6 }), fc.boolean())
    .map(([steps, tests]) => (tests ? [...steps, TESTED, { tag: "after" }] : steps)),
});
const TESTED = {
  id: "tested",
  test: "e",
  step: { send: "hi", if_failed: [{ tag: "failed" }] },
  variants: { x: {}, y: { do: [{ wait: "1h" }, { send: "letter" }] } },
};

describe("a plan's id", () => {
  test("is the same however the file is formatted, named, remarked and divided", () => {
    fc.assert(
      fc.property(workflows, fc.integer({ min: 2, max: 8 }), (flow, indent) => {
        const block = stringify(flow, { indent, lineWidth: 0, aliasDuplicateObjects: false });
        const flowing = stringify(flow, { collectionStyle: "flow", lineWidth: 60, aliasDuplicateObjects: false });
        const reversed = stringify(Object.fromEntries(Object.entries(flow).reverse()), {
          aliasDuplicateObjects: false,
        });
        const renamed = `# a remark\n${block}name: Another name\nabout: |\n  Words.\n`;
        const ids = [block, flowing, reversed, renamed, JSON.stringify(flow)].map((text) => planOf(text)?.id);
        expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
        expect(new Set(ids).size).toBe(1);
      }),
      { numRuns: 60, ...seed },
    );
  });

  test("is another when what it does is another", () => {
    fc.assert(
      fc.property(workflows, workflows, (one, other) => {
        const [a, b] = [one, other].map((flow) => planOf(JSON.stringify(flow)));
        const acts = ({ id: _, positions: __, ...rest }: Plan) => JSON.stringify(rest);
        expect(a?.id === b?.id).toBe(acts(a as Plan) === acts(b as Plan));
      }),
      { numRuns: 60, ...seed },
    );
  });

  test("stands for a tree: each list hangs on one step, each path names one step, each step has a place", () => {
    fc.assert(
      fc.property(workflows, (flow) => {
        const plan = planOf(JSON.stringify(flow)) as Plan;
        const hung = plan.lists.flatMap((list) => list.flatMap((step) => listsIn(plan, step)));
        const arms = plan.lists.flat().flatMap((step) => (step.verb === "test" ? Object.values(step.arms) : []));
        expect([...hung].sort((a, b) => a - b)).toEqual(plan.lists.map((_, index) => index).slice(1));
        const inArms = arms.map((list) => plan.lists[list]?.[0]?.path).filter((path) => path === "tested");
        const paths = plan.lists.flat().map(({ path }) => path);
        expect(paths.length - new Set(paths).size).toBe(inArms.length);
        for (const path of paths) expect(plan.positions[path]).toBeDefined();
      }),
      { numRuns: 100, ...seed },
    );
  });

  test("does not depend on other files, nor on their order", () => {
    const a = { file: "a.yaml", text: "workflow: a\nsteps: [{ id: x, send: hi }]" };
    const b = { file: "b.yaml", text: "workflow: b\nsteps: [{ id: x, send: hi }]" };
    const one = compile([a, b, LIBRARY]);
    const other = compile([LIBRARY, b, a]);
    expect(one.content).toEqual(other.content);
    expect(compile([a, LIBRARY]).plans[0]).toEqual(one.plans[0]);
  });
});

describe("a plan", () => {
  const plan = planOf(`
workflow: w
enroll: { when: { tag.added: { tag: VIP } } }
exit: [ { if: { behavior.property_view: { count: 1, within: 1d } } } ]
steps:
  - { tag: first }
  - { id: opened, wait_for: agent.contacted, within: 1d, otherwise: [ { tag: a }, { id: n, tag: b }, { tag: c } ] }
  - { tag: after }
  - id: fork
    choose:
      - { name: Very hot, if: { lead.tier: hot }, do: [ { tag: d } ] }
      - { if: { lead.tier: warm }, do: [ { skip_to: last } ] }
  - { id: last, end: done }
`) as Plan;

  test("names unnamed steps by the nearest name before them, else by their branch", () => {
    const paths = plan.lists.map((list) => list.map((step) => step.path));
    expect(paths).toEqual([
      ["steps+1", "opened", "opened+1", "fork", "last"],
      ["opened/otherwise+1", "n", "n+1"],
      ["fork/case.very_hot+1"],
      ["fork/case.2+1"],
    ]);
  });

  test("carries jumps as indexes, events it listens to, questions and positions", () => {
    expect(plan.lists[3]?.[0]).toMatchObject({ verb: "skip_to", target: { list: 0, index: 4, path: "last" } });
    expect(plan.listens).toEqual(["agent.contacted"]);
    expect(plan.exitReads).toEqual(["behavior.property_view"]);
    expect(plan.questions.map(({ event }) => event)).toEqual(["property_view"]);
    expect(plan.positions["fork"]).toEqual({ file: "a.yaml", line: 9, column: 5 });
    expect(plan.positions["n"]?.line).toBe(7);
  });

  test("is frozen, and the same after a journey through JSON", () => {
    expect(Object.isFrozen(plan.lists[0]?.[0])).toBe(true);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test("takes what the folder's settings say for workflows that do not", () => {
    const settings = { file: "s.yaml", text: "settings: { defaults: { again: after 30d, hold: 48h } }" };
    const text = "workflow: w\nsteps: [{ id: a, send: hi }]";
    const [compiled] = compile([{ file: "a.yaml", text }, LIBRARY, settings]).plans;
    expect(compiled?.enroll?.again).toEqual({ after: 30 * 86_400_000 });
    expect(compiled?.lists[0]?.[0]).toMatchObject({ hold: 48 * 3_600_000 });
  });

  test("may be bound to one location by the folder it stands in", () => {
    const own = { file: "workflows/@loc1/own.yaml", text: "workflow: own\nsteps: [{ id: a, send: hi }]" };
    expect(compile([own, LIBRARY], { location: "loc1" }).plans).toHaveLength(1);
    expect(compile([own, LIBRARY], { location: "loc2" }).plans).toHaveLength(0);
    expect(compile([own, LIBRARY]).plans).toHaveLength(0);
  });
});

describe("a folder with a broken file", () => {
  const a = (template: string) => ({ file: "a.yaml", text: `workflow: a\nsteps: [{ id: x, send: ${template} }]` });
  const b = (tag: string) => ({ file: "b.yaml", text: `workflow: b\nsteps: [{ tag: ${tag} }]` });
  const live = (settled: ReturnType<typeof settle>) => settled?.content.plans.map(({ workflow }) => workflow);
  const textIn = (settled: ReturnType<typeof settle>, file: string) =>
    settled?.sources.find((source) => source.file === file)?.text;

  test("keeps that file as it last was, and the others go on", () => {
    const settled = settle([a("nope"), b("new"), LIBRARY], [a("hi"), b("old"), LIBRARY], {});
    expect(live(settled)).toEqual(["a", "b"]);
    expect(textIn(settled, "a.yaml")).toBe(a("hi").text);
    expect(textIn(settled, "b.yaml")).toBe(b("new").text);
  });

  test("is without it when it never was good", () => {
    expect(live(settle([a("nope"), b("new"), LIBRARY], [], {}))).toEqual(["b"]);
  });

  test("keeps what another file needs of it", () => {
    const without = { file: "lib.yaml", text: "templates: { other: { sms: Hi } }" };
    const settled = settle([a("hi"), b("new"), without], [a("hi"), b("old"), LIBRARY], {});
    expect(live(settled)).toEqual(["a", "b"]);
    expect(textIn(settled, "lib.yaml")).toBe(LIBRARY.text);
  });

  test("that is not even YAML keeps what it last said", () => {
    const settled = settle(
      [{ file: "a.yaml", text: "workflow: [" }, b("new"), LIBRARY],
      [a("hi"), b("old"), LIBRARY],
      {},
    );
    expect(live(settled)).toEqual(["a", "b"]);
  });

  test("without any error is taken as it is, deletions too", () => {
    const settled = settle([b("new"), LIBRARY], [a("hi"), b("old"), LIBRARY], {});
    expect(live(settled)).toEqual(["b"]);
  });

  test("whose last good texts no longer compile changes nothing", () => {
    expect(settle([a("nope")], [a("gone")], {})).toBeUndefined();
  });
});
