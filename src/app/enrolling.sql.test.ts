import { beforeEach, describe, expect, test } from "vitest";
import { turnJobs } from "../../test/asked.ts";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { type Enroller, type Enrolling, openEnroller } from "./enrolling.ts";

const YAML = `
workflow: seen
enroll: { when: contact.created }
steps: [ { tag: Seen } ]
---
workflow: offer
enroll: { settle: 1m, if: { contact.tags: { contains: Buyer } }, again: never }
steps: [ { id: rest, wait: 2d } ]
`;

const db = databasePerFile();
const place = placePerTest(db, Date.UTC(2026, 2, 2, 17));
let enroller: Enroller;
beforeEach(async () => {
  await place.publish(YAML);
  const { database, clock, scenes } = place.parts();
  enroller = openEnroller({ database, clock, scenes, mailed: () => undefined });
});

/** A lead as the CRM introduces it. */
const come = async (lead: string, tags: string[] = []) => {
  const { at } = place.clock;
  const contact = { name: lead, firstName: lead, email: `${lead}@example.com`, tags };
  await place.mail({ lead, type: "crm.contact", data: { change: "create", asOf: at, createdAt: at, contact } });
  await place.rest();
};
const asked = (who: Enrolling["who"], more: Partial<Enrolling> = {}): Enrolling => ({
  workflow: "offer",
  id: "request",
  who,
  override: false,
  ...more,
});
const inside = async () => {
  place.clock.at += 2 * 60_000;
  await place.rest();
  const rows = await place.rows<{ lead: string; workflow: string; status: string }>(
    "select lead_id as lead, workflow, status from run where location_id = $1 order by lead_id",
  );
  return rows.filter((run) => run.workflow === "offer" && run.status === "waiting").map((run) => run.lead);
};

describe("leads enrolled by hand", () => {
  test("come in where the workflow's own if holds, once however often the request is said", async () => {
    await come("ada", ["Buyer"]);
    await come("ben");
    for (let times = 0; times < 3; times += 1) {
      expect(await enroller.enroll(place.location, asked({ leads: ["ada", "ben"] }), "eve")).toEqual({ count: 2 });
      await place.rest();
    }
    expect(await inside()).toEqual(["ada"]);
    const rows = await place.rows(
      "select run_id from run where location_id = $1 and workflow = 'offer' and lead_id = 'ada'",
    );
    expect(rows).toHaveLength(1);
    const audit = await place.rows("select act, who, subject, data from audit where location_id = $1 limit 1");
    expect(audit).toMatchObject([{ act: "workflow.enroll", who: "eve", subject: "offer", data: { count: 2 } }]);
  });

  test("come in whatever it says when the caller overrides it", async () => {
    await come("ben");
    await enroller.enroll(place.location, asked({ leads: ["ben"] }, { override: true }), "eve");
    await place.rest();
    expect(await inside()).toEqual(["ben"]);
  });

  test("must be known, and so must the workflow", async () => {
    await expect(enroller.enroll(place.location, asked({ leads: ["nobody"] }), "eve")).rejects.toThrow(
      "no lead nobody",
    );
    const other = asked({ leads: [] }, { workflow: "other" });
    await expect(enroller.enroll(place.location, other, "eve")).rejects.toThrow('no workflow "other"');
  });

  test("by a filter are dripped, so many in each window", async () => {
    for (const lead of ["a", "b", "c", "d", "e"]) await come(lead, ["Buyer"]);
    await come("f");
    const filter = { tag: "buyer" };
    const request = asked({ filter }, { drip: { count: 4, window: DAY } });
    expect(await enroller.enroll(place.location, request, "eve")).toMatchObject({ count: 5 });
    expect(await turnJobs(place)).toBe(1);
    expect(await turnJobs(place)).toBe(0);
    place.clock.at += 6 * HOUR;
    expect(await turnJobs(place)).toBe(1);
    place.clock.at += 6 * HOUR;
    await turnJobs(place);
    expect(await inside()).toEqual(["a", "b", "c"]);
    expect(await enroller.enroll(place.location, request, "eve")).toMatchObject({ count: 5 });
    const counted = await place.rows("select job_id from job where location_id = $1");
    expect(counted).toHaveLength(1);
  });
});

describe("a preview", () => {
  test("says how many would enter, and why the others would not, and changes nothing", async () => {
    for (const lead of ["a", "b", "c"]) await come(lead, ["Buyer"]);
    for (const lead of ["d", "e"]) await come(lead);
    await enroller.enroll(place.location, asked({ leads: ["a"] }), "eve");
    await place.rest();
    place.clock.at += HOUR;
    await place.rest();
    expect(await enroller.preview(place.location, asked({ filter: {} }, { id: "another" }))).toEqual({
      matched: 5,
      sampled: 5,
      enter: { count: 2, exact: true },
      refused: [
        { code: "enroll.condition", count: 2 },
        { code: "enroll.running", count: 1 },
      ],
    });
    expect(await inside()).toEqual(["a"]);
  });
});
