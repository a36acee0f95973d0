// `latchkey explain` of messages, against a database: the words are those of Why.

import { beforeAll, expect, test } from "vitest";
import { seedTown } from "../../test/brightwater.ts";
import { cliHouse } from "../../test/cli-place.ts";
import { LOCATION } from "../../test/seed.ts";
import { decisionText, openReader } from "../insights/index.ts";
import { explain } from "./explain.ts";

const house = cliHouse();
const now = Date.now();
const asked = {
  ...{ json: false, location: LOCATION, model: undefined, row: undefined, sample: undefined },
  ...{ interventional: false, messages: false, message: undefined },
};
let town: Awaited<ReturnType<typeof seedTown>>;
beforeAll(async () => {
  town = await seedTown(house.database, now);
});

test("says why a message waits, by the message's id or the decision's, as Why does", async () => {
  const why = await openReader({ database: house.database, now: Date.now }).decision(LOCATION, town.held);
  const { text, exit } = await explain(undefined, { ...asked, message: town.held });
  expect(text.split("\n").slice(1)).toEqual(why === undefined ? [] : decisionText(why).split("\n").slice(1));
  expect(text).toMatch(/^The text to Lena waits until /);
  expect(text).toContain("[hours.unsure_zone");
  expect(exit).toBe(0);
  const byMessage = await explain(undefined, { ...asked, message: why?.message, json: true });
  expect(JSON.parse(byMessage.text)).toMatchObject({ id: town.held, verdict: "held", message: why?.message });
});

test("says of a lead, by its name, what became of its last messages", async () => {
  const { text, exit } = await explain("Rafael Castellanos", { ...asked, messages: true });
  expect(text).toMatch(/^Rafael was not written to: they left the email list/);
  expect(text).toContain(town.blocked);
  expect(exit).toBe(0);
  const { lead, items } = JSON.parse((await explain("lead_rafael", { ...asked, messages: true, json: true })).text);
  expect(lead).toBe("lead_rafael");
  expect(items[0]).toMatchObject({ id: town.blocked, verdict: "blocked" });
});

test("says what to do of a message that is not here, and of a lead to whom nothing was decided", async () => {
  const none = "0198c0de-0000-7000-8000-000000000000";
  await expect(explain(undefined, { ...asked, message: none })).rejects.toThrow(
    `There is no message or decision ${none} here, or not any more. explain LEAD --messages names those of a lead.`,
  );
  const quiet = await explain("lead_emoji", { ...asked, messages: true });
  expect(quiet.text).toMatch(/^No message to .* has been decided, and no workflow has turned them away/);
});
