// What `latchkey backtest` prints of a draft that changes nothing, and of one that nobody would have come into.

import { expect, test } from "vitest";
import { DAY } from "../kernel/time.ts";
import { openSums } from "../timetravel/index.ts";
import { besideText } from "./past.ts";

type Drafted = Parameters<ReturnType<typeof openSums>["begin"]>[0];

const until = Date.UTC(2026, 10, 22);
const side = { entered: [], messages: [], held: [], blocked: [], turned: [], close: 0 };
const workflow = { workflow: "spring", same: false, enroll: ["when form.submitted", "if contact.city is Austin"] };

function said(leads: number, drafted: Partial<Drafted>, draft: Partial<typeof side> | object = {}): string {
  const sums = openSums();
  sums.begin({ since: until - 30 * DAY, until, same: false, workflows: [workflow], ...drafted });
  for (let n = 0; n < leads; n++) sums.add({ lead: `lead${n}`, live: side, draft: { ...side, ...draft } });
  return besideText(sums.read(), 30, []);
}
const NOBODY = "\nNobody would have come into spring from 2026-10-23T00:00:00.000Z to 2026-11-22T00:00:00.000Z: ";

test("a draft that is what is live is said to change nothing", () => {
  const text = said(
    2,
    { same: true, workflows: [{ ...workflow, same: true }] },
    { entered: [{ workflow: "spring", at: until }] },
  );
  expect(text).toContain("\nThe draft is what is live: publishing it would change nothing.");
  expect(text).not.toContain("Nobody would");
  const part = said(2, { workflows: [{ ...workflow, same: true }] }, { entered: [{ workflow: "spring", at: until }] });
  expect(part).toContain("\nspring is what is live: this draft changes nothing of it.");
  expect(said(2, {})).not.toContain("is what is live:");
});

test("of a draft that nobody would have come into it says in which time, of how many leads, and what nobody met", () => {
  expect(said(2, {})).toContain(
    `${NOBODY}of 2 leads none met what begins it (when form.submitted, if contact.city is Austin).`,
  );
  expect(said(0, {})).toContain(`${NOBODY}no lead is known here yet. "latchkey import" reads those of the CRM.`);
  const turned = [{ workflow: "spring", code: "enroll.condition", at: until }];
  expect(said(2, {}, { turned })).toContain(
    `${NOBODY}it was begun 2 times (when form.submitted, if contact.city is Austin), and each time turned away: enroll.condition 2.`,
  );
  const byHand = { ...workflow, enroll: ["by start, API or hand"], byHand: true } as const;
  expect(said(2, { workflows: [byHand] })).toContain(
    `${NOBODY}it begins by start, API or hand, and a backtest repeats nothing that was begun by hand or API.`,
  );
  expect(said(1, {}, { entered: [{ workflow: "spring", at: until }] })).not.toContain("Nobody would");
});
