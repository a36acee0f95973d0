import { expect, test } from "vitest";
import { introduced, NOON, play, published, sceneOf, wrote } from "../../test/turn.ts";

const NEW = { phone: "+16175550102", email: "new@example.com" };

test("START takes back what the lead is owed by where it was said, and nothing of the other kind", async () => {
  const scene = await sceneOf(published("templates: { hi: { sms: Hi } }"));
  const closed = (...words: string[]) => {
    const lead = play(scene);
    lead.turn(NOON, introduced());
    for (const [n, text] of words.entries()) lead.turn(NOON + n, wrote(NOON + n, text));
    return lead
      .turn(NOON + 10, introduced(NOON + 10, NEW))
      .addresses.flatMap(({ address, optedOutAt }) => (optedOutAt === undefined ? [] : [address]));
  };
  expect(closed("stop emailing me")).toEqual([NEW.phone, NEW.email]);
  expect(closed("stop emailing me", "START")).toEqual([NEW.email]);
});
