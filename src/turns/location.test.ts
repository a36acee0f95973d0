import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../test/seeded.ts";
import type { Ask, Reply } from "../events/index.ts";
import { DAY, HOUR, type Instant } from "../kernel/time.ts";
import { answer, type LocationFacts, type LocationState } from "./location.ts";

const NOW: Instant = Date.UTC(2026, 10, 18, 19);
const TEAM = ["ann", "bob", "cyn"];

const facts = (more: Partial<LocationFacts> = {}): LocationFacts => ({
  now: NOW,
  limit: () => ({ count: 2, window: DAY }),
  team: (id) => (id === "buyers" ? TEAM : undefined),
  available: () => undefined,
  owned: {},
  ...more,
});
const slotOf = (run: string): Ask => ({ type: "slot", lead: `lead of ${run}`, run, workflow: "w" });
const whoOf = (lead: string, more: Partial<Extract<Ask, { type: "assignee" }>> = {}): Ask => ({
  type: "assignee",
  lead,
  effect: `effect of ${lead}`,
  path: "give",
  team: "buyers",
  by: "round_robin",
  ...more,
});

/** Letters one after the other, each at its instant. */
function played(asks: readonly { readonly ask: Ask; readonly now?: Instant }[], known: Partial<LocationFacts> = {}) {
  let state: LocationState = {};
  const replies: Reply[] = [];
  for (const { ask, now = NOW } of asks) {
    const answered = answer(JSON.parse(JSON.stringify(state)), ask, facts({ ...known, now }));
    state = answered.state;
    replies.push(answered.reply);
  }
  return { state, replies };
}
const users = (replies: readonly Reply[]) => replies.map((reply) => (reply.type === "assignee" ? reply.user : ""));
const slots = (replies: readonly Reply[]) => replies.map((reply) => (reply.type === "slot" ? reply.at : 0));

describe("a limit", () => {
  test("lets so many begin at once, and gives those after them the next room, oldest first", () => {
    const asked = ["a", "b", "c", "d", "e"].map((run, n) => ({ ask: slotOf(run), now: NOW + n * HOUR }));
    expect(slots(played(asked).replies)).toEqual([NOW, NOW + HOUR, NOW + DAY, NOW + DAY + HOUR, NOW + 2 * DAY]);
  });

  test("that is gone from the workflow holds nobody back", () => {
    const asked = ["a", "b", "c"].map((run) => ({ ask: slotOf(run) }));
    expect(slots(played(asked, { limit: () => undefined }).replies)).toEqual([NOW, NOW, NOW]);
  });

  test("is never exceeded in any window, drops nobody, and keeps no more than it needs", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 3 * DAY }), { maxLength: 40 }),
        (count, gaps) => {
          let now = NOW;
          const asked = gaps.map((gap, n) => {
            now += gap;
            return { ask: slotOf(`run ${n}`), now };
          });
          const { state, replies } = played(asked, { limit: () => ({ count, window: DAY }) });
          const at = slots(replies);
          expect(at).toHaveLength(gaps.length);
          expect(at).toEqual([...at].sort((a, b) => a - b));
          for (const [n, instant] of at.entries()) {
            expect(instant).toBeGreaterThanOrEqual(asked[n]?.now ?? 0);
            expect(at.filter((other) => other > instant - DAY && other <= instant).length).toBeLessThanOrEqual(count);
          }
          expect((state.slots?.["w"] ?? []).length).toBeLessThanOrEqual(count);
        },
      ),
      seeded,
    );
  });
});

describe("an assignment to a team", () => {
  test("goes round", () => {
    const asked = ["1", "2", "3", "4"].map((lead) => ({ ask: whoOf(lead) }));
    expect(users(played(asked).replies)).toEqual(["ann", "bob", "cyn", "ann"]);
  });

  test("to the least busy counts whose the leads are and who was just given one", () => {
    const asked = ["1", "2", "3", "4"].map((lead) => ({ ask: whoOf(lead, { by: "least_busy" }) }));
    const { replies } = played(asked, { owned: { ann: 2, bob: 1, cyn: 3 } });
    expect(users(replies)).toEqual(["bob", "ann", "bob", "cyn"]);
    expect(replies[0]).toMatchObject({ why: { leads: 1, of: 3 } });
  });

  test("among those available leaves out who is not, and says of whom nobody knows", () => {
    const available = (user: string) => (user === "ann" ? false : user === "bob" ? true : undefined);
    const asked = ["1", "2", "3"].map((lead) => ({ ask: whoOf(lead, { only: "available" }) }));
    const { replies } = played(asked, { available });
    expect(users(replies)).toEqual(["bob", "cyn", "bob"]);
    expect(replies[0]).toMatchObject({ why: { unknown: ["cyn"] } });
  });

  test("of which nobody is available, or that does not exist, says so and assigns nobody", () => {
    const { replies, state } = played(
      [{ ask: whoOf("1", { only: "available" }) }, { ask: whoOf("2", { team: "sellers" }) }],
      { available: () => false },
    );
    expect(replies).toMatchObject([
      { why: { reason: 'nobody of the team "buyers" is available' } },
      { why: { reason: 'the team "sellers" has nobody in it' } },
    ]);
    expect(users(replies)).toEqual([undefined, undefined]);
    expect(state.given ?? []).toEqual([]);
  });
});
