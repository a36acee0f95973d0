import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { placePerTest } from "../../../test/turns.ts";
import { insertMail } from "../../events/index.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import type { Run } from "../run.ts";
import { pageOfRuns } from "../runs.ts";
import { claimJob, type Job, pageFilter, readJobs, turnPage } from "./jobs.ts";

const version = (steps: string, more = "") => `workflow: welcome
enroll: { when: contact.created }
${more}steps: [ ${steps} ]
`;
const REST = "{ id: rest, wait: 2d }, { id: done, tag: Rested }";

const db = databasePerFile();
const place = placePerTest(db, Date.UTC(2026, 2, 2, 17));
beforeEach(() => place.publish(version(REST)));

/** Writes to every run of every job that is due, and lets their leads take their turns. */
async function moveAll(): Promise<void> {
  for (let pages = 0; pages < 10; pages += 1) {
    await place.inside(async (sql) => {
      const job = await claimJob(sql, place.location, place.clock.at);
      if (job?.over !== "runs") return;
      const runs = await pageOfRuns(sql, place.location, pageFilter(job), { after: job.after, limit: 2 });
      const letters = runs.map(({ id, lead }) => ({ lead, body: { ...job.letter, run: id } as never }));
      const { location, clock } = place;
      await insertMail(
        sql,
        letters.map((letter) => ({ ...letter, location, kind: "command" as const, receivedAt: clock.at })),
      );
      const now = clock.at;
      await turnPage(sql, location, job, {
        mailed: letters.length,
        skipped: 0,
        last: runs.at(-1)?.id,
        nextAt: now,
        now,
      });
    });
    await place.rest();
  }
}
const runs = async () =>
  (await place.rows<{ data: Run }>("select data from run where location_id = $1 order by lead_id")).map(
    ({ data }) => data,
  );
const jobs = (): Promise<Job[]> => place.inside((sql) => readJobs(sql, place.location, { limit: 10 }));
const live = async () =>
  (
    await place.rows<{ plan: string }>("select plan_id as plan from plan where location_id = $1 order by created_at")
  ).at(-1)?.plan;
const counted = async (metric: string) =>
  (
    await place.rows<{ metric: string; amount: number }>(
      "select metric, amount from insight_delta where location_id = $1",
    )
  )
    .filter((one) => one.metric === metric)
    .reduce((sum, one) => sum + one.amount, 0);

describe("an edit of a workflow in which leads wait", () => {
  test("keeps them on their version unless it says otherwise", async () => {
    await place.enter("ada");
    const before = await runs();
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 5d }"));
    await moveAll();
    expect(await jobs()).toEqual([]);
    expect(await runs()).toEqual(before);
  });

  test("moves them to the same step of the new version, deadlines as they were, page by page", async () => {
    await place.enter("ada", "ben", "cyd", "dee", "eve");
    const due = (await runs()).map(({ dueAt }) => dueAt);
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 5d }, { id: done, tag: Other }", "on_edit: move\n"));
    expect(await jobs()).toMatchObject([{ total: 5, mailed: 0, workflow: "welcome", letter: { mode: "move" } }]);
    await moveAll();
    const plan = await live();
    expect((await runs()).map((run) => run.plan)).toEqual(Array(5).fill(plan));
    expect((await runs()).map(({ dueAt }) => dueAt)).toEqual(due);
    expect(await jobs()).toMatchObject([{ mailed: 5, outcome: "done" }]);
    expect(await counted("run.moved")).toBe(5);
  });

  test("re-times them from when they entered the step", async () => {
    await place.enter("ada");
    const due = (await runs())[0]?.dueAt as number;
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 5d }", "on_edit: re-time\n"));
    await moveAll();
    expect(((await runs())[0]?.dueAt as number) - due).toBeGreaterThan(2.9 * DAY);
  });

  test("ends them where it says exit", async () => {
    await place.enter("ada");
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 5d }", "on_edit: exit\n"));
    await moveAll();
    expect(await runs()).toMatchObject([{ status: "stopped", outcome: "edited" }]);
    expect(await counted("run.edited")).toBe(1);
  });

  test("leaves whoever's step is gone on the version they have, and counts them", async () => {
    await place.enter("ada");
    const before = (await runs())[0];
    place.clock.at += HOUR;
    await place.publish(version("{ id: pause, wait: 5d }", "on_edit: move\n"));
    await moveAll();
    expect((await runs())[0]).toEqual(before);
    expect(await counted("run.kept")).toBe(1);
  });

  test("takes the place of an earlier edit that is still under way", async () => {
    await place.enter("ada", "ben", "cyd");
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 5d }", "on_edit: move\n"));
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 6d }", "on_edit: keep\n"));
    await moveAll();
    expect(await jobs()).toMatchObject([{ outcome: "superseded", mailed: 0 }]);
    place.clock.at += HOUR;
    await place.publish(version("{ id: rest, wait: 7d }", "on_edit: exit\n"));
    await moveAll();
    expect((await runs()).map(({ outcome }) => outcome)).toEqual(["edited", "edited", "edited"]);
  });

  test("that deletes its file lets them finish, and takes nobody in", async () => {
    await place.enter("ada");
    place.clock.at += HOUR;
    await place.publish("workflow: other\nsteps: [ { tag: a } ]");
    await place.enter("ben");
    place.clock.at += 3 * DAY;
    await place.rest();
    expect((await runs()).map(({ lead, status }) => [lead, status])).toEqual([["ada", "completed"]]);
  });
});
