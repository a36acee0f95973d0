import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { introduced, NOON, type Played, play, published, type Sent, sceneOf, viewed } from "../../test/turn.ts";
import type { Answer } from "../events/index.ts";
import { HOUR } from "../kernel/time.ts";

const FOLDER = `
workflow: nurture
enroll: { when: contact.created, if: { any: [ { contact.email: { exists: true } }, { contact.email: { exists: false } } ] }, existing: include }
steps:
  - { id: hi, send: hi, via: sms, hold: 3d }
  - { id: told, tag: told }
  - { id: rest, wait: 12h }
  - { id: later, tag: later }
  - { id: more, send: hi, via: sms, hold: 3d }
  - { id: hot, send: hi, via: email, urgent: true, hold: 3d }
---
workflow: few
enroll: { when: property_view, limit: 1 per 1h }
steps: [ { tag: few } ]
---
templates: { hi: { sms: Hi, email: { subject: Hi, body: Hello } } }
`;
const scene = sceneOf(published(FOLDER));
const laneOf = (lead: Played, path: string) => lead.rows().find((row) => row.path === path)?.lane;
const row = (lead: Played, path: string) => {
  const found = lead.rows().find((one) => one.path === path);
  if (found === undefined) throw new Error(`no row of ${path}`);
  return found;
};
/** Its first message accepted, so that the run rests and the clock goes on with it at midnight. */
async function resting(prompt: Sent = introduced()): Promise<Played> {
  const lead = play(await scene);
  lead.turn(NOON, prompt);
  lead.left(NOON + 1, row(lead, "hi"), "accepted", "accepted");
  return lead;
}

describe("what a turn decides", () => {
  test("is normal where something of the lead prompted it, and so is what its answers lead to", async () => {
    const lead = await resting();
    expect([laneOf(lead, "hi"), laneOf(lead, "told")]).toEqual(["normal", "normal"]);
  });

  test("is bulk where a clock did; what is urgent stays so", async () => {
    const lead = await resting();
    lead.until(NOON + 13 * HOUR);
    expect([laneOf(lead, "later"), laneOf(lead, "more")]).toEqual(["bulk", "bulk"]);
    lead.until(NOON + 48 * HOUR);
    lead.left(NOON + 48 * HOUR, row(lead, "more"), "accepted", "accepted");
    expect(laneOf(lead, "hot")).toBe("urgent");
  });

  test("is bulk where many were asked, and stays so when the provider answers; what the lead does makes it normal", async () => {
    const asked = { command: { type: "enroll", workflow: "nurture", id: "e", by: "ada" }, at: NOON } as const;
    const one = await resting(asked);
    expect([laneOf(one, "hi"), laneOf(one, "told")]).toEqual(["normal", "normal"]);
    const many = await resting({ ...asked, command: { ...asked.command, many: true } });
    expect([laneOf(many, "hi"), laneOf(many, "told")]).toEqual(["bulk", "bulk"]);
    expect(row(many, "told").state).toBe("queued");
    many.turn(NOON + 2, viewed(NOON + 2));
    expect(laneOf(many, "told")).toBe("normal");
    expect(laneOf(many, "hi")).toBe("bulk");
  });

  test("is bulk where a new version takes in who was there", async () => {
    const lead = play(await scene);
    lead.turn(NOON, { command: { type: "existing", workflows: ["nurture"], by: "publication" }, at: NOON });
    expect(laneOf(lead, "hi")).toBe("bulk");
  });

  test("a message that waits for the morning keeps its place there, and gives it up for a better lane", async () => {
    const lead = await resting();
    lead.until(NOON + 13 * HOUR);
    const held = row(lead, "more");
    expect(held.state).toBe("held");
    lead.turn(NOON + 13 * HOUR, viewed(NOON + 13 * HOUR));
    lead.until(held.notBefore ?? 0);
    expect(row(lead, "more")).toMatchObject({ state: "queued", lane: "normal" });
  });

  test("goes on in the lane in which the location was asked for room", async () => {
    const lead = play(await scene);
    expect(lead.turn(NOON, viewed(NOON)).letters).toMatchObject([{ kind: "ask", body: { type: "slot" } }]);
    const run = lead.case().runs.find(({ workflow }) => workflow === "few")?.id as string;
    lead.turn(NOON + 1, { reply: { type: "slot", run, at: NOON + 1 }, at: NOON + 1 });
    expect(lead.rows().map(({ lane }) => lane)).toEqual(["normal"]);
    const waited = play(await scene);
    waited.turn(NOON, viewed(NOON));
    const other = waited.case().runs.find(({ workflow }) => workflow === "few")?.id as string;
    waited.turn(NOON + 1, { reply: { type: "slot", run: other, at: NOON + HOUR }, at: NOON + 1 });
    waited.until(NOON + HOUR);
    expect(waited.rows().map(({ lane }) => lane)).toEqual(["bulk"]);
  });
});

describe("whatever a lead's mail is", () => {
  const outcomes: Answer["outcome"][] = ["accepted", "refused", "held", "delivered", "opened", "clicked"];
  const acts = fc.array(
    fc.record({
      what: fc.nat(4),
      after: fc.integer({ min: 1, max: 20 * HOUR }),
      outcome: fc.constantFrom(...outcomes),
    }),
    { minLength: 1, maxLength: 12 },
  );

  test("the same turns give the same lanes, and no row's lane ever gets worse", async () => {
    const still = await scene;
    const order = ["reply", "urgent", "normal", "bulk"];
    fc.assert(
      fc.property(acts, (script) => {
        const lives = [play(still), play(still)];
        const known = new Map<string, string>();
        let now = NOON;
        for (const { what, after, outcome } of [{ what: 0, after: 0, outcome: outcomes[0]! }, ...script]) {
          now += after;
          for (const lead of lives) {
            lead.until(now - 1);
            const queued = lead.rows().find(({ kind, state }) => kind === "message" && state === "queued");
            if (what === 0) lead.turn(now, introduced(now));
            else if (what === 1) lead.turn(now, viewed(now));
            else if (what === 2)
              lead.turn(now, { command: { type: "existing", workflows: ["nurture"], by: "publication" }, at: now });
            else if (what === 3 && queued !== undefined) lead.left(now, queued, "accepted", outcome);
            else lead.turn(now);
          }
          const [one, other] = lives.map((lead) => lead.rows().map(({ id, lane }) => [id, lane] as const));
          expect(one).toEqual(other);
          for (const [id, lane] of one ?? []) {
            expect(order.indexOf(lane)).toBeLessThanOrEqual(order.indexOf(known.get(id) ?? "bulk"));
            known.set(id, lane);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
