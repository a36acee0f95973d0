// `latchkey reopen`, against a database: whom it asks for what, and what it answers where there is nobody to ask.

import { expect, test } from "vitest";
import { cliPlace } from "../../test/cli-place.ts";
import { reopen } from "./reopen.ts";

const place = cliPlace();
const asked = () =>
  place.rows<{ lead: string; body: object }>("select lead_id as lead, body from mailbox where location_id = $1");
const here = { json: false, location: undefined };

test("a lead's number or address is said to be good: in the lead's mail, and audited", async () => {
  expect(await reopen(["Ana", "email"], here)).toEqual({
    text: "Its email is written to again, once Latchkey runs.",
    exit: 0,
  });
  expect(await asked()).toEqual([{ lead: "Ana", body: { type: "reopen", family: "email", by: "command line" } }]);
  expect(await place.rows("select who, subject from audit where location_id = $1 and act = 'reopen'")).toEqual([
    { who: "command line", subject: "Ana" },
  ]);
  expect(await reopen(["Ana", "phone"], { ...here, json: true })).toEqual({ text: '{"asked":true}', exit: 0 });
});

test("of nobody it says so; of neither a number nor an address, what was expected", async () => {
  const before = await asked();
  await expect(reopen(["Nobody", "phone"], here)).rejects.toThrow(/^Nobody here is Nobody\. A lead is named by/);
  for (const wrong of [[], ["Ana"], ["Ana", "fax"]])
    await expect(reopen(wrong, here)).rejects.toThrow("Expected: reopen LEAD phone, or reopen LEAD email");
  expect(await asked()).toEqual(before);
});
