import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAYA, NOON, ofMaya, sceneWith, toMaya } from "../../../test/letters.ts";
import type { Answer } from "../../events/index.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { MessageEffect, Template } from "../../workflows/index.ts";
import { sendersOf } from "../letter/from.ts";
import type { AddressFact, AddressFacts, OutboxRow, OutboxState } from "../message.ts";
import type { OutreachCase, OutreachScene } from "../scene.ts";
import { ASKED_AFTER } from "../sending/awaited.ts";
import { choose, decide, dueAt, recheck, reconsider, type Settled, withdraw } from "./decide.ts";
import { settle, settleByHand } from "./settle.ts";

/** The same day, 21:30 in New York; the first permitted instant is 9:00 the next day. */
const NIGHT = Date.UTC(2026, 10, 19, 2, 30);
const MORNING = Date.UTC(2026, 10, 19, 14);

const template = (parts: Partial<Template>): Template => ({
  id: "welcome",
  order: ["email", "sms"],
  hash: JSON.stringify(parts),
  ...parts,
});
const both = template({
  sms: "Hi {{ contact.first_name }}",
  email: { subject: "Hello {{ contact.first_name }}", body: "Welcome. {{ offer }}" },
});
const scene = (more: Partial<OutreachScene> = {}): OutreachScene =>
  sceneWith({ templates: { welcome: both }, ...more });
const means: NonNullable<OutreachScene["means"]> = {
  crmWorkflow: () => undefined,
  media: () => undefined,
  senders: sendersOf({}, new Set()),
};
const effect = (more: Partial<MessageEffect> = {}): MessageEffect => toMaya({ via: ["email", "sms"], ...more });
const answer = (outcome: Answer["outcome"], more: Partial<Answer> = {}): Answer => ({
  outbox: "m1",
  outcome,
  at: NOON + MINUTE,
  ...more,
});
const optedOut = (...families: ("phone" | "email")[]): AddressFacts =>
  Object.fromEntries(families.map((family) => [family, { optedOutAt: NOON - DAY, sends: [] }]));
const codes = (settled: Settled) => settled.links.map((link) => link.code);
const left = (settled: Settled, state: OutboxState): OutboxRow => ({
  ...settled.row,
  state,
  attempt: settled.row.attempt + 1,
});

describe("a step's message", () => {
  test("is queued on the first channel, with the texts of all, and says why", () => {
    const decided = decide(effect({ with: { offer: "Spring!" } }), scene(), ofMaya());
    expect(decided).toMatchObject({
      verdict: "queued",
      row: {
        id: "m1",
        state: "queued",
        channels: ["email", "sms"],
        place: 0,
        lane: "normal",
        holdUntil: NOON + 3 * DAY,
      },
      message: {
        template: "welcome",
        templateHash: both.hash,
        rendered: { sms: { text: "Hi Maya" }, email: { text: "Welcome. Spring!" } },
      },
    });
    expect(codes(decided)).toEqual(["consent.ok", "channel.chosen"]);
    expect(new Set(decided.message.decided.map((verdict) => verdict.channel))).toEqual(new Set(["email", "sms"]));
    expect(decided.outcome).toBeUndefined();
  });

  test("follows the template's own order where the step names no channel", () => {
    const sms = { welcome: { ...both, order: ["sms", "email"] as const } };
    expect(decide(effect({ via: [] }), scene({ templates: sms }), ofMaya()).row.channels).toEqual(["sms", "email"]);
  });

  test("skips a channel without a right, and takes the next", () => {
    const decided = decide(effect(), scene(), ofMaya({ addresses: optedOut("email") }));
    expect(decided).toMatchObject({ verdict: "queued", row: { place: 1 } });
  });

  test("waits on its channel: waiting is not failing", () => {
    const decided = decide(effect({ via: ["sms", "email"] }), scene(), ofMaya({ now: NIGHT }));
    expect(decided).toMatchObject({ verdict: "held", row: { place: 0, state: "held", notBefore: MORNING } });
    expect(decided.links[0]).toMatchObject({ kind: "permission", status: "held", code: "hours.quiet" });
    expect(dueAt(decided.row)).toBe(MORNING);
  });

  test("waits no longer than its hold", () => {
    const holdUntil = NIGHT + HOUR;
    const decided = decide(effect({ via: ["sms"], holdUntil }), scene(), ofMaya({ now: NIGHT }));
    expect(decided.row.notBefore).toBe(holdUntil);
    const over = reconsider(decided.row, decided.message, scene(), ofMaya({ now: holdUntil }));
    expect(over).toMatchObject({ verdict: "expired", outcome: "expired", row: { state: "expired" } });
    expect(over.links[0]).toMatchObject({ code: "hold.expired", values: { verdict: "hours.quiet", hold: HOUR } });
  });

  test("asked for after its time was over expires at once, and no check is blamed for it", () => {
    const asked = decide(effect({ via: ["sms"], holdUntil: NOON - DAY }), scene(), ofMaya({ now: NIGHT }));
    expect(asked).toMatchObject({ verdict: "expired", outcome: "expired", row: { state: "expired" } });
    expect(asked.links).toEqual([
      { kind: "permission", status: "off", code: "hold.over", values: { late: NIGHT - NOON + DAY } },
    ]);
    const inTime = decide(effect({ via: ["sms"], holdUntil: NIGHT }), scene(), ofMaya({ now: NIGHT }));
    expect(inTime.verdict).toBe("held");
  });

  test("expired by e-mail, is not explained by the quiet hours of texts", () => {
    const both = effect({ via: ["email", "sms"], holdUntil: NIGHT + HOUR });
    const where = scene({
      templates: { welcome: template({ sms: "Hi", email: { subject: "Hi", body: "Hi" }, order: ["email", "sms"] }) },
    });
    const queued = decide(both, where, ofMaya({ now: NIGHT }));
    expect(queued.row).toMatchObject({ state: "queued", channels: ["email", "sms"], place: 0 });
    const over = reconsider(queued.row, queued.message, where, ofMaya({ now: NIGHT + HOUR }));
    expect(over.links[0]).toMatchObject({ code: "hold.expired", values: { verdict: "budget.wait" } });
    expect(over.links[0]?.verdicts?.some(({ ok }) => !ok)).toBe(true);
  });

  test("is ended by nothing but its own hold: however long hours, caps and pauses keep it, it waits", () => {
    const full = {
      phone: { sends: [1, 2, 3].map((n) => ({ at: NOON, channel: "sms" as const, workflow: "o", message: `o${n}` })) },
    };
    const paused = { what: "run", who: "ann", at: NOON, reason: "r" } as const;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 * 24 * 60 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 * 60 }), fc.boolean(), fc.boolean()), {
          minLength: 1,
          maxLength: 12,
        }),
        (hold, looks) => {
          const holdUntil = NIGHT + hold * MINUTE;
          let settled = decide(effect({ via: ["sms"], holdUntil }), scene(), ofMaya({ now: NIGHT }));
          let now = NIGHT;
          for (const [later, isFull, isPaused] of looks) {
            now += later * MINUTE;
            const addresses = isFull ? full : {};
            const more = { now, addresses, ...(isPaused ? { paused: () => paused } : {}) };
            settled = reconsider(settled.row, settled.message, scene(), ofMaya(more));
            if (now >= holdUntil) expect(settled.row.state).toBe("expired");
            else expect(["held", "queued"]).toContain(settled.row.state);
            if (settled.row.state === "expired") return;
            expect(dueAt(settled.row)).toBeLessThanOrEqual(holdUntil);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("goes on from a call that failed to the next channel, and from one that nobody can tell of to none", () => {
    const calls = template({ voice: { highlevelWorkflow: "call" }, sms: "Hi", order: ["voice", "sms"] });
    const senders = { users: {}, agents: false, own: {}, known: new Set<string>() };
    const means = { crmWorkflow: () => "w9", media: () => undefined, senders };
    const where = scene({ templates: { welcome: calls }, means });
    const called = decide(effect({ via: ["voice", "sms"] }), where, ofMaya());
    expect(called).toMatchObject({ verdict: "queued", row: { place: 0, channels: ["voice", "sms"] } });
    const rung = left(called, "accepted");
    const busy = settle(rung, called.message, answer("failed", { channel: "voice", detail: "busy" }), where, ofMaya());
    expect(busy).toMatchObject({ verdict: "queued", row: { place: 1, state: "queued" } });
    expect(codes(busy)).toContain("send.failover");
    const unknown = settle(left(called, "undecided"), called.message, answer("undecided"), where, ofMaya());
    expect(unknown).toMatchObject({ verdict: "undecided", row: { place: 0, state: "undecided" } });
    // nobody waits for it any more
    const ended = settle(
      rung,
      called.message,
      answer("failed", { channel: "voice" }),
      where,
      ofMaya({ active: () => false }),
    );
    expect(ended).toMatchObject({ row: { place: 0, state: "rejected" } });
  });

  test("is blocked only when no channel has a right", () => {
    const decided = decide(effect(), scene(), ofMaya({ addresses: optedOut("phone", "email") }));
    expect(decided).toMatchObject({ verdict: "blocked", outcome: "blocked", row: { state: "blocked" } });
    expect(codes(decided)).toEqual(["consent.opted_out", "channel.none"]);
    expect(decide(effect(), scene(), ofMaya({ to: {} })).outcome).toBe("blocked");
    expect(decide(effect(), scene(), ofMaya({ lead: { ...MAYA, deleted: true } })).outcome).toBe("blocked");
  });

  test("goes ahead of others when it is urgent or an answer, with the same right", () => {
    expect(decide(effect({ urgent: true }), scene(), ofMaya()).row.lane).toBe("urgent");
    const lane = (more: Partial<OutreachCase>) => decide(effect({ purpose: "reply" }), scene(), ofMaya(more)).row.lane;
    expect(lane({ lastInboundAt: { voice: NOON - HOUR } })).toBe("reply");
    expect(lane({ lead: { ...MAYA, inquiredAt: NOON - HOUR } })).toBe("reply");
    expect(lane({ prompted: false, lastInboundAt: { sms: NOON - DAY } })).toBe("bulk");
    expect(lane({})).toBe("normal");
    expect(decide(effect({ urgent: true, via: ["sms"] }), scene(), ofMaya({ now: NIGHT })).verdict).toBe("held");
  });

  test("that answers nothing is written as marketing, and says so", () => {
    const decided = decide(effect({ purpose: "reply" }), scene({ means: { ...means, foot: {} } }), ofMaya());
    expect(decided.row.body).toMatchObject({ purpose: "marketing" });
    expect(decided.message.rendered.email?.text).toContain("unsubscribe");
    expect(codes(decided)[0]).toBe("reply.none");
    const answer = ofMaya({ lastInboundAt: { sms: NOON - HOUR } });
    const reply = decide(effect({ purpose: "reply" }), scene({ means: { ...means, foot: {} } }), answer);
    expect(reply.message.rendered.email?.text).not.toContain("unsubscribe");
    expect(codes(reply)).not.toContain("reply.none");
  });

  test("keeps quiet for an hour after a person of the team was in touch, or for as long as the owner says", () => {
    const at = NOON - 50 * MINUTE;
    const quiet = (minutes?: number) => {
      const house = { ...scene().house, ...(minutes === undefined ? {} : { agentQuietMinutes: minutes }) };
      return decide(effect(), scene({ house }), ofMaya({ agentContactAt: at })).row;
    };
    expect(quiet()).toMatchObject({ state: "held", notBefore: at + HOUR });
    expect(quiet(120)).toMatchObject({ state: "held", notBefore: at + 2 * HOUR });
    expect([quiet(0).state, quiet(50).state]).toEqual(["queued", "queued"]);
    // the sender asks the same
    const { row, message } = decide(effect(), scene(), ofMaya());
    const { permission } = recheck(row, scene(), { ...ofMaya(), agentContactAt: at }, message);
    expect(permission).toEqual({ hold: at + HOUR });
  });

  test("in a shadow run is decided and recorded, never sent", () => {
    const decided = decide(effect({ shadow: true }), scene(), ofMaya());
    expect(decided).toMatchObject({ verdict: "shadow", outcome: "sent", row: { state: "shadow" } });
    const blocked = decide(effect({ shadow: true }), scene(), ofMaya({ addresses: optedOut("phone", "email") }));
    expect(blocked).toMatchObject({ verdict: "shadow", outcome: "blocked" });
  });

  test("is an error of ours, and nothing is kept of it, when no text can be made of its template", () => {
    const broken = template({ sms: "{{ contact.first_name | shout }}" });
    const decided = decide(effect({ via: ["sms"] }), scene({ templates: { welcome: broken } }), ofMaya());
    expect(decided).toMatchObject({ verdict: "failed", unmade: true, answer: { ok: false } });
    expect(decided.outcome).toBeUndefined();
    expect(codes(decided)).toEqual(["template.failed"]);
    expect(codes(decide(effect(), scene({ templates: {} }), ofMaya()))).toEqual(["template.missing"]);
  });

  test("passes over a channel whose text fails", () => {
    const half = template({ sms: "Hi", email: { subject: "{{ broken | shout }}", body: "x" } });
    const decided = decide(effect(), scene({ templates: { welcome: half } }), ofMaya());
    expect(decided).toMatchObject({ verdict: "queued", row: { place: 1 } });
    expect(codes(decided)).toContain("template.failed");
  });
});

describe("a message that waits", () => {
  const held = decide(effect({ via: ["sms", "email"] }), scene(), ofMaya({ now: NIGHT }));

  test("is queued when its instant comes, with the text of its decision", () => {
    const due = reconsider(held.row, held.message, scene({ templates: {} }), ofMaya({ now: MORNING }));
    expect(due).toMatchObject({ verdict: "queued", row: { id: "m1", state: "queued", place: 0 } });
    expect(due.row.notBefore).toBeUndefined();
    expect(due.message.rendered).toEqual(held.message.rendered);
  });

  test("is held again when something else is in the way, and moves on when its channel is lost", () => {
    const full = {
      phone: {
        sends: [1, 2, 3].map(
          (n) => ({ at: MORNING - n * HOUR, channel: "sms", workflow: "x", message: `s${n}` }) as const,
        ),
      },
    };
    const again = reconsider(held.row, held.message, scene(), ofMaya({ now: MORNING, addresses: full }));
    expect(again).toMatchObject({ verdict: "held", row: { state: "held", place: 0 } });
    const lost = reconsider(held.row, held.message, scene(), ofMaya({ now: MORNING, addresses: optedOut("phone") }));
    expect(lost).toMatchObject({ verdict: "queued", row: { place: 1 } });
    const gone = reconsider(
      held.row,
      held.message,
      scene(),
      ofMaya({ now: MORNING, addresses: optedOut("phone", "email") }),
    );
    expect(gone).toMatchObject({ outcome: "blocked", row: { state: "blocked" } });
  });

  test("queued, is left alone until its hold is over or its run pauses", () => {
    const queued = decide(effect(), scene(), ofMaya());
    expect(reconsider(queued.row, queued.message, scene(), ofMaya({ now: NOON + HOUR })).row).toBe(queued.row);
    expect(reconsider(queued.row, queued.message, scene(), ofMaya({ now: NOON + 3 * DAY })).outcome).toBe("expired");
    const paused = () => ({ what: "run", who: "Ana", at: NOON, reason: "calling", until: NOON + 2 * HOUR }) as const;
    expect(reconsider(queued.row, queued.message, scene(), ofMaya({ now: NOON + HOUR, paused })).row).toMatchObject({
      state: "held",
      notBefore: NOON + 2 * HOUR,
    });
  });

  test("leaves with its run, unless it is on its way", () => {
    expect(withdraw(held.row).state).toBe("withdrawn");
    for (const state of ["sending", "unconfirmed", "accepted", "undecided"] as const) {
      expect(withdraw(left(held, state)).state).toBe(state);
    }
  });

  test("the sender asks again at the last moment", () => {
    const queued = decide(effect({ via: ["sms"] }), scene(), ofMaya());
    expect(recheck(queued.row, scene(), ofMaya(), queued.message).permission).toBe("ok");
    expect(recheck(queued.row, scene(), ofMaya({ addresses: optedOut("phone") }), queued.message).permission).toBe(
      "blocked",
    );
    expect(recheck(queued.row, scene(), ofMaya({ now: NIGHT }), queued.message).permission).toEqual({ hold: MORNING });
    expect(
      recheck(JSON.parse(JSON.stringify(queued.row)) as OutboxRow, scene(), ofMaya(), queued.message).permission,
    ).toBe("ok");
  });
});

describe("answers", () => {
  const queued = decide(effect(), scene(), ofMaya());
  const told = (state: OutboxState, said: Answer, more: Partial<OutreachCase> = {}, from: Settled = queued) =>
    settle(left(from, state), from.message, said, scene(), ofMaya({ now: said.at, ...more }));

  test("accepted is sent", () => {
    const settled = told("accepted", answer("accepted", { channel: "email" }));
    expect(settled).toMatchObject({
      verdict: "sent",
      outcome: "sent",
      message: { delivery: { acceptedAt: NOON + MINUTE, channel: "email" } },
    });
  });

  test("a refusal moves the same message to the next channel", () => {
    const settled = told("refused", answer("refused", { channel: "email", detail: "400 invalid" }));
    expect(settled).toMatchObject({
      verdict: "queued",
      row: { id: "m1", state: "queued", place: 1, attempt: 1, provider: {} },
    });
    expect(settled.outcome).toBeUndefined();
    expect(settled.links[0]).toMatchObject({
      code: "send.failover",
      values: { channel: "email", next: "sms", detail: "400 invalid" },
    });
  });

  test("a refusal at night moves it to a text that waits for the morning", () => {
    expect(told("refused", answer("refused", { at: NIGHT }))).toMatchObject({
      verdict: "held",
      row: { place: 1, notBefore: MORNING },
    });
  });

  test("the last refusal fails it", () => {
    const first = told("refused", answer("refused"));
    const second = told("refused", answer("refused", { channel: "sms" }), {}, first);
    expect(second).toMatchObject({ verdict: "failed", outcome: "failed", row: { state: "rejected", place: 1 } });
    expect(second.links[0]).toMatchObject({ code: "send.failed", values: { list: ["email", "sms"] } });
    const noRight = told("refused", answer("refused"), { addresses: optedOut("phone") });
    expect(noRight).toMatchObject({ outcome: "failed", row: { state: "rejected", place: 0 } });
    expect(codes(noRight)).toEqual(["send.failed", "consent.opted_out"]);
  });

  test("a failed receipt within the hour moves it on, a later one fails it", () => {
    const sent = told("accepted", answer("accepted", { channel: "email" }));
    const soon = settle(sent.row, sent.message, answer("failed", { at: NOON + 50 * MINUTE }), scene(), ofMaya());
    expect(soon).toMatchObject({ verdict: "queued", row: { state: "queued", place: 1 } });
    const late = settle(sent.row, sent.message, answer("failed", { at: NOON + 2 * HOUR }), scene(), ofMaya());
    expect(late).toMatchObject({ verdict: "failed", outcome: "failed", row: { state: "rejected", place: 0 } });
    const ended = settle(
      sent.row,
      sent.message,
      answer("failed", { at: NOON + 50 * MINUTE }),
      scene(),
      ofMaya({ active: () => false }),
    );
    expect(ended).toMatchObject({ outcome: "failed", row: { state: "rejected" } });
  });

  test("what is told when the provider is asked after an hour is in time, and after six is not", () => {
    const sent = told("accepted", answer("accepted", { channel: "email" }));
    const fates = ASKED_AFTER.slice(0, 4).map((after) => {
      const failed = answer("failed", { at: NOON + MINUTE + after + 10 * MINUTE, by: "poll" });
      return settle(sent.row, sent.message, failed, scene(), ofMaya()).verdict;
    });
    expect(fates).toEqual(["queued", "queued", "queued", "failed"]);
  });

  test("a bounce marks the address, a carrier's opt-out the number, for every contact that has it", () => {
    const sent = told("accepted", answer("accepted", { channel: "email" }));
    expect(settle(sent.row, sent.message, answer("bounced"), scene(), ofMaya()).addresses).toMatchObject([
      { family: "email", address: "maya@example.com", faults: { email: { badAt: NOON + MINUTE } } },
    ]);
    const sms = decide(effect({ via: ["sms"] }), scene(), ofMaya());
    expect(told("refused", answer("refused", { reason: "opted_out" }), {}, sms).addresses).toMatchObject([
      { family: "phone", address: "+16175550101", optedOutAt: NOON + MINUTE, optOut: { by: "carrier" } },
    ]);
  });

  describe("a refusal", () => {
    const sms = decide(effect({ via: ["sms"] }), scene(), ofMaya());
    const refusal = (reason: Answer["reason"], at = NOON + MINUTE, phone?: AddressFact) =>
      settle(
        left(sms, "refused"),
        sms.message,
        { ...answer("refused", { at, detail: "…" }), ...(reason === undefined ? {} : { reason }) },
        scene(),
        ofMaya(phone === undefined ? {} : { addresses: { phone } }),
      ).addresses;

    test.each(["sender", "content", "dnd", "no_address", "unknown", "forbidden"] as const)(
      "that is %s teaches nothing about the lead's number",
      (reason) => {
        expect(refusal(reason)).toEqual([]);
      },
    );

    test("for the number's sake closes the channel that it came by, and no other", () => {
      expect(refusal("bad_address")).toEqual([
        { family: "phone", address: "+16175550101", faults: { sms: { badAt: NOON + MINUTE, detail: "…" } } },
      ]);
      const number = { phone: { sends: [], faults: { sms: { badAt: NOON, detail: "…" } } } };
      const by = (channel: "sms" | "voice") =>
        choose(
          { ...sms.row, channels: [channel] },
          { ...sms.message, rendered: { [channel]: { channel, text: "Hi" } } },
          0,
          scene(),
          ofMaya({ addresses: number }),
        ).permission;
      expect([by("sms"), by("voice")]).toEqual(["blocked", "ok"]);
    });

    test("that proves nothing closes it when it comes a third time over seven days", () => {
      let phone: AddressFact = { sends: [] };
      const again = (day: number) => {
        const [learned] = refusal("unsure_address", NOON + day * DAY, phone);
        phone = { ...phone, faults: { ...phone.faults, ...learned?.faults } };
        return phone.faults?.sms?.badAt;
      };
      expect([again(0), again(0), again(1), again(6), again(7)]).toEqual([
        ...[undefined, undefined, undefined, undefined],
        NOON + 7 * DAY,
      ]);
    });
  });

  test("a number that opted out at the carrier is silent on its other channels in the same turn", () => {
    const sms = decide(effect({ via: ["sms"], purpose: "transactional" }), scene(), ofMaya());
    const row: OutboxRow = { ...left(sms, "refused"), channels: ["sms", "whatsapp"] };
    const message = {
      ...sms.message,
      rendered: { ...sms.message.rendered, whatsapp: { channel: "whatsapp", text: "Hi" } as const },
    };
    const wrote = ofMaya({ lastInboundAt: { whatsapp: NOON } });
    expect(settle(row, message, answer("refused"), scene(), wrote).row.place).toBe(1);
    expect(settle(row, message, answer("refused", { reason: "opted_out" }), scene(), wrote)).toMatchObject({
      outcome: "failed",
      row: { state: "rejected", place: 0 },
    });
  });

  test("a complaint or an unsubscribe opts the e-mail address out and leaves the message as it is", () => {
    const settled = told("accepted", answer("complained"));
    expect(settled).toMatchObject({
      addresses: [{ family: "email", optOut: { by: "complaint" } }],
      row: { state: "accepted" },
    });
    expect(settled.outcome).toBeUndefined();
  });

  test("delivered is told once; a delivery after failover takes the second channel back", () => {
    const settled = told("accepted", answer("delivered"));
    expect(settled.outcome).toBe("delivered");
    expect(settle(settled.row, settled.message, answer("delivered"), scene(), ofMaya()).outcome).toBeUndefined();
    const moved = told("refused", answer("refused"));
    const arrived = settle(moved.row, moved.message, answer("delivered", { channel: "email" }), scene(), ofMaya());
    expect(arrived).toMatchObject({ outcome: "delivered", row: { state: "accepted", place: 0 } });
  });

  test("a late word of the first channel is recorded as what it is, and moves nothing", () => {
    const moved = told("refused", answer("refused"));
    const out: OutboxRow = { ...moved.row, state: "accepted", place: 1 };
    const arrived = settle(out, moved.message, answer("delivered", { channel: "email" }), scene(), ofMaya());
    expect(arrived).toMatchObject({ outcome: "delivered", message: { delivery: { channel: "email" } } });
    expect(arrived.row).toEqual(out);
    expect(arrived.links[0]?.values).toMatchObject({ channel: "email" });
    // the second channel's failure is no failure any more
    const after = settle(arrived.row, arrived.message, answer("failed", { channel: "sms" }), scene(), ofMaya());
    expect(after.outcome).toBeUndefined();
  });

  test("a contact that is gone has no next channel", () => {
    const settled = told("refused", answer("refused", { reason: "gone" }));
    expect(settled).toMatchObject({ verdict: "failed", outcome: "failed", row: { state: "rejected", place: 0 } });
    expect(settled.addresses).toEqual([]);
  });

  test("answers that come twice, late or for another channel change nothing", () => {
    const moved = told("refused", answer("refused", { channel: "email" }));
    for (const said of [
      answer("refused", { channel: "email" }),
      answer("failed", { channel: "email" }),
      answer("accepted", { channel: "email" }),
    ]) {
      const again = settle(moved.row, moved.message, said, scene(), ofMaya());
      expect(again.row).toEqual(moved.row);
      expect(again.outcome).toBeUndefined();
    }
    const sent = told("accepted", answer("accepted"));
    expect(settle(sent.row, sent.message, answer("accepted"), scene(), ofMaya()).outcome).toBeUndefined();
  });

  test("a check at the moment of sending holds it to its next instant", () => {
    const sms = decide(effect({ via: ["sms"] }), scene(), ofMaya());
    expect(told("held", answer("held", { at: NIGHT }), {}, sms)).toMatchObject({
      verdict: "held",
      row: { notBefore: MORNING },
    });
  });

  test("what nobody can settle waits for a person, and counts as sent at its hold, never sent twice", () => {
    const unsure = told("undecided", answer("undecided"));
    expect(unsure).toMatchObject({ verdict: "undecided", row: { state: "undecided" } });
    expect(unsure.outcome).toBeUndefined();
    expect(dueAt(unsure.row)).toBe(NOON + 3 * DAY);
    expect(reconsider(unsure.row, unsure.message, scene(), ofMaya({ now: NOON + DAY })).row).toBe(unsure.row);
    const over = reconsider(unsure.row, unsure.message, scene(), ofMaya({ now: NOON + 3 * DAY }));
    expect(over).toMatchObject({ outcome: "sent", row: { state: "accepted" } });
    expect(codes(over)).toEqual(["send.unconfirmed"]);
  });

  test("a person settles it: it was sent, or it goes once more under the same identity", () => {
    const unsure = told("undecided", answer("undecided"));
    const command = { type: "settle", outbox: "m1", by: "ana" } as const;
    expect(settleByHand(unsure.row, unsure.message, { ...command, as: "sent" }, scene(), ofMaya())).toMatchObject({
      outcome: "sent",
      row: { state: "accepted" },
    });
    expect(settleByHand(unsure.row, unsure.message, { ...command, as: "not_sent" }, scene(), ofMaya())).toMatchObject({
      verdict: "queued",
      row: { id: "m1", state: "queued", place: 0 },
    });
    expect(
      settleByHand(unsure.row, unsure.message, { ...command, as: "not_sent" }, scene(), ofMaya({ active: () => false }))
        .row.state,
    ).toBe("withdrawn");
    expect(settleByHand(queued.row, queued.message, { ...command, as: "sent" }, scene(), ofMaya()).row).toBe(
      queued.row,
    );
  });
});

describe("whatever happens to a message", () => {
  const seed = process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {};
  const outcomes = [
    "accepted",
    "refused",
    "held",
    "undecided",
    "delivered",
    "failed",
    "bounced",
    "opened",
    "complained",
  ] as const;
  const channels: readonly (ChannelName | undefined)[] = ["email", "sms", undefined];
  const anyStep = fc.record({
    outcome: fc.constantFrom(...outcomes),
    state: fc.constantFrom<OutboxState>("sending", "unconfirmed", "accepted", "refused", "held", "undecided"),
    channel: fc.constantFrom(...channels),
    minutes: fc.integer({ min: 0, max: 2000 }),
    optedOut: fc.boolean(),
  });

  test("it keeps its identity, its channels only move on, and silence never moves them", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 8 }), (steps) => {
        let now: Instant = NOON;
        let state = decide(effect(), scene(), ofMaya());
        for (const step of steps) {
          now += step.minutes * MINUTE;
          // The sender moves only what is queued; everything else keeps its state.
          const row: OutboxRow = state.row.state === "queued" ? { ...state.row, state: step.state } : state.row;
          const said = answer(step.outcome, {
            at: now,
            ...(step.channel === undefined ? {} : { channel: step.channel }),
          });
          const addresses = step.optedOut ? optedOut("phone") : {};
          const after = settle(row, state.message, said, scene(), ofMaya({ now, addresses }));
          expect(after.row.id).toBe("m1");
          expect(after.message.rendered).toEqual(state.message.rendered);
          const back = after.row.place < row.place;
          if (back) expect(after.outcome).toBe("delivered");
          const moved = after.row.place > row.place;
          if (moved) expect(["refused", "failed", "bounced", "held"]).toContain(step.outcome);
          if (row.state === "unconfirmed" || row.state === "undecided" || row.state === "sending") {
            expect(after.row.place).toBe(row.place);
            expect(["queued", "held"]).not.toContain(after.row.state);
          }
          if (after.row.state === "queued" && after.row !== row && after.row.channels[after.row.place] === "sms") {
            expect(step.optedOut).toBe(false);
          }
          state = after;
        }
      }),
      { numRuns: 400, ...seed },
    );
  });
});
