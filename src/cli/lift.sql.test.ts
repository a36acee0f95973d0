// `latchkey lift`, against a database: what it takes, what it asks of the lead, and what it answers where the law says no.

import { expect, test } from "vitest";
import { cliPlace } from "../../test/cli-place.ts";
import { lift } from "./lift.ts";

const place = cliPlace();
const here = { json: false, location: undefined, why: "judged_by_mistake", evidence: "it was about a tour" };

test("says what it takes before it asks anything, and of nobody that nobody here is that", async () => {
  for (const wrong of [[], ["Ana"], ["Ana", "fax"]])
    await expect(lift(wrong, here)).rejects.toThrow("Expected: lift LEAD phone, or lift LEAD email");
  await expect(lift(["Ana", "email"], { ...here, why: "because" })).rejects.toThrow("--why: expected one of");
  await expect(lift(["Ana", "email"], { ...here, evidence: " " })).rejects.toThrow("--evidence: expected");
  await expect(lift(["Ana", "email"], { ...here, when: "soon" })).rejects.toThrow("--when: expected an instant");
  await expect(lift(["Ana", "email"], here)).rejects.toThrow("It is not opted out: there is nothing to lift.");
  await expect(lift(["Nobody", "email"], here)).rejects.toThrow(/^Nobody here is Nobody\. A lead is named by/);
  expect(await place.rows("select 1 from mailbox where location_id = $1")).toEqual([]);
  expect(await place.rows("select 1 from audit where location_id = $1 and act = 'lift'")).toEqual([]);
});
