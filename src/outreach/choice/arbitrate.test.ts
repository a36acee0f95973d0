import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { houseWith, NOON, ofMaya, sceneWith, toMaya } from "../../../test/letters.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import type { Cap, MessageEffect } from "../../workflows/index.ts";
import type { OutboxRow, Send } from "../message.ts";
import type { OutreachScene } from "../scene.ts";
import { arbitrate, hasRoomAgain, type Standing } from "./arbitrate.ts";
import { decide, type Settled } from "./decide.ts";

const NIGHT = Date.UTC(2026, 10, 19, 2, 30);
const ONE: Cap = { channel: "all", count: 1, window: 20 * HOUR };

const scene = (caps: readonly Cap[]): OutreachScene =>
  sceneWith({
    house: houseWith(caps),
    templates: {
      welcome: { id: "welcome", order: ["email", "sms"], hash: "1", sms: "Hi", email: { subject: "Hi", body: "Hi" } },
    },
  });
const effect = (id: string, more: Partial<MessageEffect> = {}): MessageEffect =>
  toMaya({ id, run: `run-${id}`, workflow: `flow-${id}`, via: ["email"], ...more });
/** A message that was queued an hour ago, when nothing stood in its way. */
const queued = (id: string, more: Partial<MessageEffect> = {}): Standing =>
  decide(effect(id, more), scene([]), ofMaya({ now: NOON - HOUR }));
const asked = (effects: readonly MessageEffect[], standing: readonly Standing[], caps = [ONE], more = {}) =>
  arbitrate(
    effects.map((one) => ({ effect: one })),
    standing,
    scene(caps),
    ofMaya({ rows: standing.map(({ row }) => row), ...more }),
  );
const told = (settled: readonly Settled[]) => settled.map(({ row, verdict }) => [row.id, verdict]);

describe("several messages of one lead", () => {
  test("the higher priority goes, and the trace of the other names it", () => {
    const [first, second] = asked([effect("low", { priority: 20 }), effect("high", { priority: 80 })], []);
    expect([first?.row.id, first?.verdict, second?.verdict]).toEqual(["high", "queued", "held"]);
    expect(second?.row.notBefore).toBe(NOON + 20 * HOUR);
    expect(second?.links[0]).toMatchObject({ code: "cap.full", values: { workflow: "flow-high", message: "high" } });
  });

  test("at the same priority the older goes", () => {
    const older = queued("older");
    const waiting: OutboxRow = { ...older.row, state: "held", notBefore: NOON };
    const settled = arbitrate(
      [{ effect: effect("newer") }, { row: waiting, message: older.message }],
      [],
      scene([ONE]),
      ofMaya({ rows: [waiting] }),
    );
    expect(told(settled)).toEqual([
      ["older", "queued"],
      ["newer", "held"],
    ]);
  });

  test("of those asked for together at the same priority, the urgent one goes", () => {
    expect(told(asked([effect("a"), effect("b", { urgent: true })], []))).toEqual([
      ["b", "queued"],
      ["a", "held"],
    ]);
  });
});

describe("a full cap", () => {
  test("gives the place of a queued message to one of higher priority, and both say so", () => {
    const low = queued("low", { priority: 20 });
    const settled = asked([effect("high", { priority: 80 })], [low]);
    expect(told(settled)).toEqual([
      ["high", "queued"],
      ["low", "held"],
    ]);
    expect(settled[0]?.links.at(-1)).toMatchObject({
      code: "place.taken",
      values: { workflows: ["flow-low"], messages: ["low"] },
    });
    expect(settled[1]?.links.at(-1)).toMatchObject({
      code: "place.given",
      values: { workflow: "flow-high", message: "high" },
    });
    expect(settled[1]?.row).toMatchObject({ state: "held", notBefore: NOON + 20 * HOUR, holdUntil: NOON + 3 * DAY });
  });

  test("is held no longer than its own hold for having given its place", () => {
    const low = queued("low", { priority: 20, holdUntil: NOON + HOUR });
    expect(asked([effect("high", { priority: 80 })], [low])[1]?.row.notBefore).toBe(NOON + HOUR);
  });

  test("keeps who came first at the same priority, be the other urgent", () => {
    expect(told(asked([effect("new", { urgent: true })], [queued("old")]))).toEqual([["new", "held"]]);
  });

  test("takes nothing from what is on its way, or has left", () => {
    for (const state of ["sending", "unconfirmed"] as const) {
      const { row } = queued("low", { priority: 20 });
      expect(told(asked([effect("high", { priority: 80 })], [], [ONE], { rows: [{ ...row, state }] }))).toEqual([
        ["high", "held"],
      ]);
    }
    const sends: Send[] = [{ at: NOON - HOUR, channel: "email", workflow: "other", message: "gone" }];
    const addresses = { email: { sends } };
    const twice = { ...ONE, count: 2 };
    const two = [queued("low", { priority: 20 })];
    const settled = asked([effect("high", { priority: 80 }), effect("more", { priority: 70 })], two, [twice], {
      addresses,
    });
    expect(told(settled)).toEqual([
      ["high", "queued"],
      ["low", "held"],
      ["more", "held"],
    ]);
  });

  test("moves nobody where the other could not go at once even so", () => {
    const low = queued("low", { priority: 20 });
    const night = { now: NIGHT, rows: [low.row] };
    expect(told(asked([effect("high", { priority: 80, via: ["sms"] })], [low], [ONE], night))).toEqual([
      ["high", "held"],
    ]);
  });

  test("moves nobody for a rehearsal, nor who would not have to wait", () => {
    const low = queued("low", { priority: 20 });
    expect(told(asked([effect("high", { priority: 80, shadow: true })], [low]))).toEqual([["high", "shadow"]]);
    const receipt = queued("receipt", { priority: 20, purpose: "transactional" });
    expect(told(asked([effect("high", { priority: 80 })], [receipt]))).toEqual([["high", "held"]]);
  });

  test("takes the place that stands in the way, not that of a weaker one on another channel", () => {
    const text = queued("text", { priority: 30, via: ["sms"] });
    const mail = queued("mail", { priority: 20 });
    const caps: Cap[] = [{ channel: "sms", count: 1, window: 20 * HOUR }];
    expect(told(asked([effect("high", { priority: 80, via: ["sms"] })], [text, mail], caps))).toEqual([
      ["high", "queued"],
      ["text", "held"],
    ]);
  });

  test("that has room again lets a held one go before its foreseen instant", () => {
    const rows = [queued("first").row];
    const held = decide(effect("second"), scene([ONE]), ofMaya({ rows }));
    expect(held.verdict).toBe("held");
    expect(hasRoomAgain(held.row, held.message, scene([ONE]), ofMaya({ rows }))).toBe(false);
    expect(hasRoomAgain(held.row, held.message, scene([ONE]), ofMaya())).toBe(true);
  });
});

describe("whatever is asked for, in whatever order", () => {
  const seed = process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {};
  const anyTurns = fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), { maxLength: 5 });

  test("no more goes than the cap, the best by priority, nobody twice in a turn, and nothing is lost", () => {
    fc.assert(
      fc.property(anyTurns, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }), (turns, count, sent) => {
        const sends = Array.from(
          { length: sent },
          (_, i): Send => ({
            ...{ at: NOON - HOUR, channel: "email", workflow: "other", message: `gone${i}` },
          }),
        );
        const room = Math.max(0, count - sent);
        let known: Standing[] = [];
        turns.forEach((priorities, turn) => {
          const standing = known.filter(({ row }) => row.state === "queued");
          const effects = priorities.map((priority, i) => effect(`${turn}-${i}`, { priority }));
          const settled = arbitrate(
            effects.map((one) => ({ effect: one })),
            standing,
            scene([{ ...ONE, count }]),
            ofMaya({ now: NOON + turn, addresses: { email: { sends } }, rows: known.map(({ row }) => row) }),
          );
          const ids = settled.map(({ row }) => row.id);
          expect(new Set(ids).size).toBe(ids.length);
          for (const one of settled) expect(["queued", "held"]).toContain(one.verdict);
          known = [...known.filter(({ row }) => !ids.includes(row.id)), ...settled];
        });
        expect(known).toHaveLength(turns.flat().length);
        const goes = known.filter(({ row }) => row.state === "queued").map(({ row }) => row.id);
        const best = known
          .toSorted(
            ({ row: a }, { row: b }) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
          )
          .slice(0, room);
        expect(goes.toSorted()).toEqual(best.map(({ row }) => row.id).toSorted());
      }),
      { numRuns: 200, ...seed },
    );
  });
});
