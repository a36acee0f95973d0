import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { planText } from "../cli/plan-text.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { openPublications } from "../workflows/index.ts";
import { planAt } from "./planning.ts";

const LIBRARY = `
---
templates: { hi: { sms: Hello }, bye: { sms: Bye } }
`;
const welcome = (steps: string, more = "") => `workflow: welcome
enroll: { when: contact.created }
${more}steps: [ ${steps} ]
`;
const FIRST = `${welcome("{ id: rest, wait: 2d }, { id: greet, send: hi }")}${LIBRARY}`;

const db = databasePerFile();
const place = placePerTest(db, Date.UTC(2026, 2, 2, 17));

const filesOf = (yaml: string) => [{ file: "workflows/a.yaml", text: yaml }];
const planned = (yaml: string) =>
  planAt(
    { database: db.database, clock: place.clock, publications: openPublications() },
    place.location,
    filesOf(yaml),
  );
const workflowOf = async (yaml: string, workflow = "welcome") =>
  (await planned(yaml)).workflows?.find((one) => one.workflow === workflow);

describe("a plan of what publishing would change", () => {
  test("says of each workflow whether it is new, changed, removed or as it was", async () => {
    await place.publish(`${FIRST}---\nworkflow: other\nsteps: [ { tag: a } ]`);
    const { workflows } = await planned(
      `${welcome("{ id: rest, wait: 3d }, { id: greet, send: hi }")}---\nworkflow: third\nsteps: [ { tag: a } ]${LIBRARY}`,
    );
    expect(workflows?.map(({ workflow, change }) => [workflow, change])).toEqual([
      ["other", "removed"],
      ["third", "new"],
      ["welcome", "changed"],
    ]);
    expect((await workflowOf(`# said otherwise\n${FIRST}`))?.change).toBe("unchanged");
  });

  test("counts who waits where, and what would become of them", async () => {
    await place.publish(FIRST);
    await place.enter("ada", "ben", "cyd");
    const parkedWith = async (more: string, steps: string) =>
      (await workflowOf(`${welcome(steps, more)}${LIBRARY}`))?.parked[0];
    const shorter = "{ id: rest, wait: 10m }, { id: greet, send: hi }";
    expect(await parkedWith("", shorter)).toMatchObject({ path: "rest", leads: 3, fate: "keep", dueWithinHour: 0 });
    expect(await parkedWith("on_edit: move\n", shorter)).toMatchObject({ fate: "move", dueWithinHour: 0 });
    expect(await parkedWith("on_edit: exit\n", shorter)).toMatchObject({ fate: "exit", leads: 3 });
    expect(await parkedWith("on_edit: re-time\n", shorter)).toMatchObject({
      fate: "re-time",
      timing: "sooner",
      dueWithinHour: 3,
      messagesWithinHour: 3,
    });
    expect(await parkedWith("on_edit: re-time\n", "{ id: rest, wait: 5d }, { id: greet, send: hi }")).toMatchObject({
      timing: "later",
      dueWithinHour: 0,
    });
  });

  test("counts as due what is due under the old deadline, too", async () => {
    await place.publish(FIRST);
    await place.enter("ada");
    place.clock.at += 2 * DAY - HOUR / 2;
    const parked = (await workflowOf(`${welcome("{ id: rest, wait: 2d }, { id: late, tag: x }")}${LIBRARY}`))?.parked;
    expect(parked).toMatchObject([{ fate: "keep", dueWithinHour: 1, messagesWithinHour: 1 }]);
  });

  test("finds the step that leads would lose, with where and how many, and stays silent where it was moved", async () => {
    await place.publish(FIRST);
    await place.enter("ada", "ben");
    const gone = (more: string) => `${welcome("{ id: pause, wait: 2d }, { id: greet, send: hi }", more)}${LIBRARY}`;
    const { diagnostics, workflows } = await planned(gone("on_edit: move\n"));
    expect(diagnostics.filter(({ code }) => code === "lost-step")).toMatchObject([
      {
        severity: "error",
        file: "workflows/a.yaml",
        line: 1,
        column: 1,
        message: '2 leads wait at "rest", which is gone. Add moved: { rest: <new id> }, or on_edit: keep or exit.',
      },
    ]);
    expect(workflows?.[0]?.parked).toMatchObject([{ fate: "lost", leads: 2 }]);
    const codes = async (more: string) => (await planned(gone(more))).diagnostics.map(({ code }) => code);
    expect(await codes("on_edit: move\nmoved: { rest: pause }\n")).not.toContain("lost-step");
    expect(await codes("on_edit: exit\n")).not.toContain("lost-step");
    expect(await codes("")).not.toContain("lost-step");
  });

  test("says how many there are already whom it might take in, at most", async () => {
    await place.publish(FIRST);
    await place.enter("ada", "ben");
    const more = `workflow: older
enroll: { existing: include, if: { contact.tags: { contains: Buyer } } }
steps: [ { tag: x } ]
---
workflow: everybody
enroll: { existing: include, if: { contact.email: { exists: true } } }
steps: [ { tag: y } ]
---
`;
    const { workflows } = await planned(`${more}${FIRST}`);
    expect(workflows?.map(({ workflow, wouldEnroll }) => [workflow, wouldEnroll?.atMost])).toEqual([
      ["everybody", 2],
      ["older", 0],
      ["welcome", undefined],
    ]);
  });

  test("finds the experiment that leads have met and an edit would change, where its variants are declared", async () => {
    const yaml = (plain: number, name = "Words") => `experiments:
  hello:
    name: ${name}
    variants: { plain: ${plain}, other: ${100 - plain} }
    control: plain
    metric: { when: appointment.booked, within: 7d }
---
workflow: welcome
enroll: { when: contact.created }
steps: [ { id: fork, test: hello, step: { tag: Plain }, variants: { plain: {}, other: { tag: Other } } } ]
`;
    const frozen = async (edited: string) =>
      (await planned(edited)).diagnostics.filter(({ code }) => code === "frozen-experiment");
    await place.publish(yaml(50));
    expect(await frozen(yaml(60))).toEqual([]);
    await place.enter("ada", "ben");
    expect(await frozen(yaml(60))).toMatchObject([
      {
        ...{ severity: "error", file: "workflows/a.yaml", line: 4, column: 15 },
        message: '"hello" has exposed 2 leads. Start a new experiment id instead.',
      },
    ]);
    expect(await frozen(yaml(50, "Other words"))).toEqual([]);
  });

  test("of files with errors is what is wrong with them", async () => {
    const answer = await planned("workflow: a\nsteps: [{ tga: x }]");
    expect(answer.workflows).toBeUndefined();
    expect(answer.diagnostics).toMatchObject([{ code: "unknown-key" }]);
    expect(planText(answer, [])).toContain("Nothing would be published");
  });

  test("reads in a terminal", async () => {
    await place.publish(FIRST);
    await place.enter("ada");
    const yaml = `${welcome("{ id: pause, wait: 10m }, { id: greet, send: bye }", "on_edit: re-time\nmoved: { rest: pause }\n")}${LIBRARY}`;
    const text = planText(await planned(yaml), filesOf(yaml));
    expect(text.replace(/[0-9a-f]{12}/g, "…")).toBe(`~ welcome  changed  … → …
    ~ pause
    ~ greet
    rest → pause
    also: on_edit
    1 lead in it, on_edit: re-time
      1 lead at rest (…): go on at pause in the new version, deadline sooner, 1 due within the hour
    up to 1 message within the hour

1 would change, 0 would not.`);
  });
});
