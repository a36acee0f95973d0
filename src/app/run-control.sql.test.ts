import { beforeEach, describe, expect, test } from "vitest";
import { turnJobs } from "../../test/asked.ts";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { openPublications } from "../workflows/index.ts";
import { workJobs } from "./jobs.ts";
import { openRunControl, type RunControl } from "./run-control.ts";

const WELCOME = `
workflow: welcome
enroll: { when: contact.created }
steps: [ { id: rest, wait: 2d }, { id: done, tag: Rested } ]
---
workflow: greet
enroll: { when: contact.created }
steps: [ { id: hi, wait: 3d } ]
`;

const db = databasePerFile();
const place = placePerTest(db, Date.UTC(2026, 2, 2, 17));
let control: RunControl;
const asker = { by: "ada", reason: "a holiday" };

beforeEach(async () => {
  await place.publish(WELCOME);
  control = openRunControl({ ...needs(), mailed: () => undefined });
});

const needs = () => ({ database: db.database, clock: place.clock, publications: openPublications() });
const settle = async () => {
  for (let steps = 0; steps < 20; steps += 1) await turnJobs(place);
};
const leads = (count: number) => Array.from({ length: count }, (_, index) => `lead${String(index).padStart(4, "0")}`);
interface RunRow {
  readonly id: string;
  readonly lead: string;
  readonly workflow: string;
  readonly status: string;
  readonly due: number | null;
}
const runs = async (workflow = "welcome") =>
  (
    await place.rows<RunRow>(
      `select run_id as id, lead_id as lead, workflow, status, due_at as due from run where location_id = $1 order by lead_id`,
    )
  ).filter((run) => run.workflow === workflow);
const statuses = async (workflow?: string) => [...new Set((await runs(workflow)).map(({ status }) => status))];
const audit = () =>
  place.rows<{ act: string; who: string; subject: string; data: JsonObject }>(
    "select act, who, subject, data from audit where location_id = $1 order by at, audit_id",
  );

describe("one run", () => {
  test("is paused, goes on later by as much, and is stopped, each act audited", async () => {
    await place.enter("ada");
    const [run] = await runs();
    const id = run?.id as string;
    await control.one(place.location, id, { act: "pause" }, asker);
    await place.run();
    expect(await statuses()).toEqual(["paused"]);
    place.clock.at += 5 * HOUR;
    await control.one(place.location, id, { act: "resume" }, asker);
    await place.run();
    expect((await runs())[0]).toMatchObject({ status: "waiting", due: (run?.due as number) + 5 * HOUR });
    place.clock.at += HOUR;
    await control.one(place.location, id, { act: "stop" }, asker);
    await place.run();
    expect(await statuses()).toEqual(["stopped"]);
    expect((await audit()).map(({ act, who, subject }) => [act, who, subject])).toEqual([
      ["run.pause", "ada", id],
      ["run.resume", "ada", id],
      ["run.stop", "ada", id],
    ]);
  });

  test("that has ended takes no command, and one that is not here none either", async () => {
    await place.enter("ada");
    const id = (await runs())[0]?.id as string;
    await control.one(place.location, id, { act: "stop" }, asker);
    await place.run();
    await expect(control.one(place.location, id, { act: "pause" }, asker)).rejects.toThrow("this one is stopped");
    const other = "00000000-0000-8000-8000-000000000000";
    await expect(control.one(place.location, other, { act: "pause" }, asker)).rejects.toThrow("no such run");
    await expect(control.one("elsewhere", id, { act: "pause" }, asker)).rejects.toThrow("no such run");
  });
});

describe("a re-time to an instant that is over", () => {
  test("of one run is refused, with what would happen, until it is asked for", async () => {
    await place.enter("ada");
    const before = await runs();
    const id = before[0]?.id as string;
    const over = { act: "re-time", until: place.clock.at - HOUR } as const;
    await expect(control.one(place.location, id, over, asker)).rejects.toThrow(
      "2026-03-02T16:00:00.000Z is over: it is 2026-03-02T17:00:00.000Z there. The run would go on at once.",
    );
    await settle();
    expect(await runs()).toEqual(before);
    expect(await audit()).toEqual([]);
    await control.one(place.location, id, { ...over, force: true }, asker);
    await settle();
    expect((await runs())[0]).toMatchObject({ status: "completed" });
  });

  test("of many says how many would go on, and a question how many is answered", async () => {
    await place.enter(...leads(3));
    const [filter, over] = [{ workflow: "welcome" }, { act: "re-time", until: place.clock.at } as const];
    const asked = { ...asker, dryRun: true };
    expect(await control.many(place.location, filter, over, asked)).toEqual({ count: 3, at_once: true });
    await expect(control.many(place.location, filter, over, { ...asker, dryRun: false })).rejects.toThrow(
      "All 3 runs would go on at once.",
    );
    const done = await control.many(place.location, filter, { ...over, force: true }, { ...asker, dryRun: false });
    expect(done).toMatchObject({ count: 3, at_once: true });
    await settle();
    expect(await statuses()).toEqual(["completed"]);
    expect(await control.many(place.location, filter, over, { ...asker, dryRun: false })).toMatchObject({ count: 0 });
  });
});

describe("many runs", () => {
  test("are counted without being touched when only asked how many", async () => {
    await place.enter(...leads(3));
    const asked = { ...asker, dryRun: true };
    expect(await control.many(place.location, { workflow: "welcome" }, { act: "pause" }, asked)).toEqual({ count: 3 });
    expect(await control.many(place.location, { lead: "lead0001" }, { act: "stop" }, asked)).toEqual({ count: 2 });
    expect(await control.many(place.location, { path: "hi" }, { act: "stop" }, asked)).toEqual({ count: 3 });
    expect(await control.many(place.location, { status: ["failed"] }, { act: "stop" }, asked)).toEqual({ count: 0 });
    await settle();
    expect(await statuses()).toEqual(["waiting"]);
    expect(await audit()).toEqual([]);
  });

  test("are written to page by page, each once, and one row of the audit says how many", async () => {
    await place.enter(...leads(230));
    const filter = { workflow: "welcome" };
    const { job, count } = await control.many(place.location, filter, { act: "stop" }, { ...asker, dryRun: false });
    expect(count).toBe(230);
    expect(await turnJobs(place)).toBe(100);
    const progress = async () => (await control.jobs(place.location, { id: job as string, limit: 1 }))[0];
    expect(await progress()).toMatchObject({ mailed: 100, total: 230 });
    await settle();
    expect(await progress()).toMatchObject({ mailed: 230, outcome: "done" });
    expect(await statuses()).toEqual(["stopped"]);
    expect(await statuses("greet")).toEqual(["waiting"]);
    expect(await audit()).toMatchObject([{ act: "runs.stop", who: "ada", subject: job, data: { count: 230 } }]);
  });

  test("wait for their next page while the last is mostly unread", async () => {
    await place.enter(...leads(230));
    await control.many(place.location, { workflow: "welcome" }, { act: "stop" }, { ...asker, dryRun: false });
    const write = () => workJobs({ ...needs(), locations: () => [place.location], mailed: () => undefined });
    expect(await write()).toBe(100);
    expect(await write()).toBe(0);
    await place.run();
    expect(await write()).toBe(100);
  });
});

describe("a workflow paused by hand", () => {
  test("takes nobody in, and its runs stand still until it is resumed, as long as that lasts", async () => {
    await place.enter("ada");
    const due = (await runs())[0]?.due as number;
    expect(await control.pause(place.location, "welcome", asker)).toMatchObject({ count: 1 });
    await place.enter("ben");
    await settle();
    expect(await runs()).toMatchObject([{ lead: "ada", status: "paused" }]);
    expect((await runs("greet")).map(({ lead, status }) => [lead, status])).toEqual([
      ["ada", "waiting"],
      ["ben", "waiting"],
    ]);
    const refused = await place.rows<{ trace: JsonObject }>(
      "select trace from decision where location_id = $1 and verdict = 'not_enrolled'",
    );
    expect(JSON.stringify(refused)).toContain("paused.workflow");

    place.clock.at += 30 * DAY;
    await control.resume(place.location, "welcome", asker);
    await settle();
    expect(await runs()).toMatchObject([{ status: "waiting", due: due + 30 * DAY }]);
    await place.enter("cyd");
    expect((await runs()).map(({ lead }) => lead)).toEqual(["ada", "cyd"]);
    expect((await audit()).map(({ act }) => act)).toEqual(["workflow.pause", "workflow.resume"]);
  });

  test("paused and resumed at once leaves nobody behind", async () => {
    await place.enter(...leads(150));
    await control.pause(place.location, "welcome", asker);
    await turnJobs(place);
    await control.resume(place.location, "welcome", asker);
    await settle();
    expect(await statuses()).toEqual(["waiting"]);
  });

  test("cannot be paused twice, nor resumed when it is not paused", async () => {
    await control.pause(place.location, "welcome", asker);
    await expect(control.pause(place.location, "welcome", asker)).rejects.toThrow("paused already");
    await control.resume(place.location, "welcome", asker);
    await expect(control.resume(place.location, "welcome", asker)).rejects.toThrow("not paused");
  });
});

test("a location paused by hand stands still as a whole", async () => {
  await place.enter("ada");
  await control.pause(place.location, "*", asker);
  await place.enter("ben");
  await settle();
  expect(await runs()).toMatchObject([{ lead: "ada", status: "paused" }]);
  expect(await runs("greet")).toMatchObject([{ lead: "ada", status: "paused" }]);
  await control.resume(place.location, "*", asker);
  await settle();
  expect(await statuses()).toEqual(["waiting"]);
});

describe("a failed run", () => {
  const effects = () =>
    place.rows<{ id: string; path: string; state: string }>(
      "select outbox_id as id, path, state from outbox where location_id = $1 order by created_at, outbox_id",
    );
  /** As if the step had failed after the CRM had taken what it asked for, or before. */
  const failAt = async (state: string) => {
    await place.publish(`workflow: label
enroll: { when: contact.created }
steps: [ { id: mark, tag: Marked }, { id: rest, wait: 2d } ]
`);
    await place.enter("ada");
    await db.database.transaction([place.location], async (sql) => {
      await sql.query("update outbox set state = $2 where location_id = $1", [place.location, state]);
      await sql.query(
        `update run set status = 'failed', ended_at = enrolled_at,
                data = data - 'parked' - 'dueAt' || '{"status":"failed","cursor":[{"list":0,"index":0}]}' || jsonb_build_object('endedAt', data -> 'enrolledAt')
          where location_id = $1 and workflow = 'label'`,
        [place.location],
      );
    });
    return (await runs("label"))[0]?.id as string;
  };

  test("whose step has sent what it asked for is retried only when a person insists, and then under another identity", async () => {
    const id = await failAt("accepted");
    await expect(control.one(place.location, id, { act: "retry" }, asker)).rejects.toThrow("has left already");
    await control.one(place.location, id, { act: "retry", force: true }, asker);
    await place.run();
    expect((await effects()).map(({ path }) => path)).toEqual(["mark", "mark"]);
    expect(await statuses("label")).toEqual(["waiting"]);
  });

  test("whose step never got anything out is retried without a question", async () => {
    const id = await failAt("rejected");
    await control.one(place.location, id, { act: "retry" }, asker);
    await place.run();
    expect(await effects()).toHaveLength(2);
    expect(await statuses("label")).toEqual(["waiting"]);
  });

  test("is left out of a retry of many where only a person can decide", async () => {
    await failAt("accepted");
    const { job } = await control.many(place.location, {}, { act: "retry" }, { ...asker, dryRun: false });
    await settle();
    expect(await control.jobs(place.location, { id: job as string, limit: 1 })).toMatchObject([
      { mailed: 0, skipped: 1 },
    ]);
    expect(await statuses("label")).toEqual(["failed"]);
  });
});
