import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { BUILT_IN } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { PutOff } from "../outreach/index.ts";
import { senderWords } from "./channel-words.ts";
import type { Link } from "./decision.ts";
import { eventWords } from "./event-words.ts";
import { length, moment, span, zoneName } from "./moment.ts";
import { bindingOf, type Decided, decisionDetail, decisionTitle, type MessageFacts, sentence } from "./sentence.ts";
import { type Context, readValues } from "./values.ts";
import { codesWithWords, hasWords, words } from "./words.ts";

const now = Date.UTC(2026, 10, 20, 15, 41);
const chicago = "America/Chicago";
const context: Context = {
  now,
  zone: chicago,
  leadName: "Maya Torres",
  workflow: (id) => (id === "hot_lead" ? "Hot lead" : id),
};
const message: MessageFacts = { id: "m1", channel: "sms", template: "hot_hello", state: "delivered" };

describe("moments and lengths", () => {
  test("are said in two units at most", () => {
    expect([3, 38_000, 158_000, 3_900_000, 273_600_000, 60_000].map(length)).toEqual([
      "3 ms",
      "38s",
      "2m 38s",
      "1h 05m",
      "3d 4h",
      "1m",
    ]);
    expect([86_400_000, 604_800_000, 1_800_000].map(span)).toEqual(["24 hours", "7 days", "30 minutes"]);
  });

  test("name the day as soon as it is another", () => {
    expect(moment(now, now, chicago)).toBe("9:41 am");
    expect(moment(now - 24 * 3_600_000, now, chicago)).toBe("Thu 9:41 am");
    expect(moment(now - 10 * 24 * 3_600_000, now, chicago)).toBe("Nov 10, 9:41 am");
    expect(zoneName(chicago)).toBe("Central");
    expect(moment(now, now, "Nowhere/Else")).toBe("3:41 pm");
  });
});

describe("a message without a text for a channel", () => {
  const left = (status: Link["status"], channel: string, link: string): Link => ({
    ...{ kind: "channel", status, code: "link.missing" },
    values: { channel, link, template: "book", detail: `link.${link} is not configured` },
  });
  const of = (links: readonly Link[], verdict: Decided["verdict"]): Decided => ({
    kind: "message",
    at: now,
    verdict,
    links,
  });
  const chosen: Link = { kind: "channel", status: "done", code: "channel.chosen", values: { channel: "email" } };

  test("says which channel was left, and that no link is called so", () => {
    const links = [left("off", "sms", "booking"), chosen];
    const sent = sentence(of(links, "queued"), { ...message, channel: "email" }, context);
    expect(sent).toBe("Maya got this email. No link is called “booking” here, so no text was made.");
    expect(sentence(of(links, "queued"), undefined, context)).toMatch(/^This email is on its way to Maya\. No link/);
    expect(words("link.missing", links[0]?.values, context).note).toBe(
      "latchkey links set booking sets it; or the template may ask first: {% if link.booking %}",
    );
    expect(words("link.missing", { channel: "email", link: "form.last" }, context).line).toBe(
      "the lead began no form that has a link, so no email was made",
    );
  });

  test("and for none at all, says of each why", () => {
    const links = [left("failed", "sms", "booking"), left("failed", "email", "form.survey")];
    expect(sentence(of(links, "failed"), undefined, context)).toBe(
      "This text to Maya failed: no link is called “booking” here, so no text was made; no link is called “form.survey” here, so no email was made.",
    );
  });
});

describe("a code", () => {
  test("of the list that every why rests on has words", () => {
    for (const code of TABLE) expect(hasWords(code), code).toBe(true);
  });

  test("that nobody has words for is still readable", () => {
    expect(words("new.odd_code", { detail: "why not" }, context).line).toBe("new odd code: why not");
    expect(words("constructor", undefined, context).line).toBe("constructor");
  });

  test("never leaves a hole in its sentence when values are missing or of another kind", () => {
    const odd = { workflow: 3, until: "never", zones: [1], k: "x", n: null, reasons: {}, from: true, path: "" };
    for (const code of codesWithWords())
      for (const values of [undefined, {}, odd]) {
        const { line, note } = words(code, values, context, "sms");
        expect(line.length, code).toBeGreaterThan(0);
        expect(`${line} ${note ?? ""}`, code).not.toMatch(/undefined|null|NaN|\[object|Invalid| {2}|\(\)|“”|:\s*$/);
      }
  });

  test("used anywhere in the house has words", () => {
    const codes = codesInSource();
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !hasWords(code))).toEqual([]);
  });

  test("is filled from its values", () => {
    const say = (code: string, values: Parameters<typeof words>[1], channel?: "sms" | "email") =>
      words(code, values, context, channel).line;
    expect(say("hours.quiet", { from: 1200, to: 540, zones: [chicago], next: now + 3_600_000 })).toBe(
      "quiet 8 pm to 9 am Central; next 10:41 am",
    );
    expect(say("cap.full", { k: 3, n: 3, window: 86_400_000 })).toBe("3 of 3 in 24 hours");
    expect(say("place.given", { workflow: "hot_lead", message: "m2" })).toBe("gave its place to Hot lead");
    expect(say("place.taken", { workflows: ["hot_lead"], messages: ["m2"] })).toBe("took the place of Hot lead");
    expect(say("consent.none", undefined, "sms")).toBe("no written permission for text");
    expect(say("rule.short", { name: "buying signal", k: 4, n: 5 })).toBe("Buying signal: 4 of 5 seen");
  });
});

describe("from where a message comes", () => {
  const said = (sender: JsonObject, channel = "sms") => senderWords(readValues({ channel, sender }, context));

  test("is said with whose it is, why, and what could not be used", () => {
    expect(said({ by: "agent", from: "+15125550181", who: "Tessa Oakmoor" })).toBe(
      "from Tessa Oakmoor's number +15125550181, because agents write as themselves here",
    );
    expect(said({ by: "agent", from: "a@example.com" }, "email")).toBe(
      "from the agent's e-mail address a@example.com, because agents write as themselves here",
    );
    expect(said({ by: "location", from: "+15125550180", skipped: [{ said: "user.u2", why: "none" }] })).toBe(
      "from the number +15125550180, because user.u2 has no number here and it is the location's own",
    );
    expect(said({ by: "crm", skipped: [{ said: "+15125550199", why: "unknown" }] })).toBe(
      "the CRM picks the number, because the location does not know +15125550199 and nothing else says from where",
    );
  });
});

describe("an event", () => {
  test("of the vocabulary has a title of its own", () => {
    for (const type of Object.keys(BUILT_IN.events)) {
      const { title } = eventWords(type, {});
      expect(title, type).not.toMatch(/undefined|\.|_|^\s*$/);
    }
  });

  test("tells what was looked at, by either spelling of its properties", () => {
    const nested = { property: { id: "p1", address: "14 Alder Court", price: 489000 } };
    expect(eventWords("property_view", nested)).toMatchObject({ title: "Viewed 14 Alder Court", detail: "$489,000" });
    expect(eventWords("property_view", { "property.id": "p1" }).title).toBe("Viewed home p1");
  });

  test("of a segment or of a change of hands names it as people do", () => {
    expect(eventWords("segment.entered", { segment: "comparing_homes" }).title).toBe(
      "Now in the segment “comparing homes”",
    );
    const change = { field: "contact.assigned_to", from: "simuser1", to: "simuser3" };
    const nameOf = (id: string) => (id === "simuser3" ? "Ana Ruiz" : "someone of the team");
    expect(eventWords("field.changed", change, nameOf)).toMatchObject({
      ...{ title: "Assigned to Ana Ruiz", detail: "before: someone of the team" },
    });
    expect(eventWords("field.changed", change).title).not.toContain("simuser");
  });

  test("that nobody knows is readable", () => {
    expect(eventWords("garden.tour_taken", {}).title).toBe("Garden tour taken");
  });
});

describe("a decision's sentence", () => {
  const permission = (code: string, values: Link["values"] = {}, until?: number): Link => ({
    kind: "permission",
    status: "held",
    code: "permission",
    verdicts: [{ code, ok: false, channel: "sms", values, round: "decide", ...(until === undefined ? {} : { until }) }],
  });
  const viewed: Link = {
    kind: "event",
    status: "event",
    code: "event.property_view",
    values: { type: "property_view", source: "site", data: { property: { address: "14 Alder Court" } } },
  };
  const buying: Link = {
    kind: "rule",
    status: "done",
    code: "rule.fired",
    values: { name: "Buying signal", reasons: ["5 views in 48 h", "a downloaded guide"] },
  };
  const decided = (verdict: Decided["verdict"], ...links: Link[]): Decided => ({
    kind: "message",
    verdict,
    at: now,
    links,
    workflow: "hot_lead",
    path: "text",
  });

  test("says what was sent and because of what", () => {
    expect(sentence(decided("queued", viewed, buying), message, context)).toBe(
      "Maya got this text because of “Buying signal”: 5 views in 48 h and a downloaded guide.",
    );
    expect(sentence(decided("queued", viewed), message, context)).toBe(
      "Maya got this text because Maya viewed 14 Alder Court.",
    );
  });

  test("names the rule, the workflow or the person that put them in, and what they had done", () => {
    const begun = (code: string, data: JsonObject): Link => ({
      ...{
        kind: "event",
        status: "event",
        code,
        values: { type: code.slice("event.".length), source: "latchkey", data },
      },
    });
    const told = (link: Link) => sentence(decided("queued", link), message, context);
    const fired = { type: "trigger.inactivity_risk", data: { reasons: ["8 days without a word"] } };
    const by = "inactivity_risk/do+1";
    expect(told(begun("event.enroll.started", { by, prompted: fired }))).toBe(
      "Maya got this text because of “inactivity_risk”: 8 days without a word.",
    );
    const saw = { type: "property_view", data: { property: { address: "14 Alder Court" } } };
    expect(told(begun("event.enroll.started", { by: "hot_lead", prompted: saw }))).toBe(
      "Maya got this text because of “Hot lead”: Maya viewed 14 Alder Court.",
    );
    expect(told(begun("event.enroll.started", { by }))).toBe("Maya got this text because of “inactivity_risk”.");
    expect(told(begun("event.enroll.asked", { by: "Ana Ruiz" }))).toBe(
      "Maya got this text because Ana Ruiz asked for it.",
    );
    expect(told(begun("event.enroll.existing", { workflow: "hot_lead" }))).toBe(
      "Maya got this text because Maya was here when this version of the workflow began.",
    );
    expect(eventWords("enroll.started", { by }).title).toBe("Begun by “Inactivity risk”");
  });

  test("of one that expired names what stood in its own channel's way, or that it came too late, never another's check", () => {
    const expired = { ...message, channel: "email" as const, state: "expired" as const };
    const late: Link = { kind: "permission", status: "off", code: "hold.over", values: { late: 605_038_500 } };
    expect(sentence(decided("expired", late), expired, context)).toBe(
      "This email to Maya was not sent: its time was over 7d before it was decided.",
    );
    expect(bindingOf([late], "expired", "email")).toMatchObject({ code: "hold.over" });
    const ofText = permission("hours.quiet", { from: 1200, to: 540 });
    const over: Link = { ...ofText, code: "hold.expired", values: { hold: 3_600_000, verdict: "budget.wait" } };
    expect(sentence(decided("expired", over), expired, context)).toBe(
      "This email to Maya was not sent: it could not go in the time it had.",
    );
    expect(bindingOf([over], "expired", "email")).toMatchObject({ code: "hold.expired" });
    expect(bindingOf([over], "expired", "sms")).toMatchObject({ code: "hours.quiet" });
  });

  test("of an effect is in plain words, and never its kind and its verdict", () => {
    const dnd: Link = { kind: "permission", status: "off", code: "dnd.crm", values: {} };
    const effect: Decided = { ...decided("blocked", dnd), kind: "effect" };
    expect(decisionTitle(effect, undefined, context)).toBe("Marked do-not-disturb in the CRM");
    expect(sentence(effect, undefined, context)).toBe("Marked do-not-disturb in the CRM.");
    expect(decisionDetail(effect, undefined, context)).toBeUndefined();
  });

  test("of a permission that changed says for what, and to what", () => {
    const detail = (data: JsonObject) => eventWords("consent.changed", data).detail;
    expect(detail({ channel: "sms", from: "open", to: "permanent" })).toBe("text: blocked by the carrier");
    expect(detail({ channel: "all", from: "blocked", to: "open" })).toBe("every channel: allowed again");
    expect(detail({ family: "phone", to: "opted_out" })).toBe("texts and calls: opted out");
    expect(detail({})).toBeUndefined();
  });

  test("of an effect that was done says which, whatever its path is called, and nothing of another kind", () => {
    const then: Link = { kind: "provider", status: "done", code: "provider.accepted" };
    const chosen: Link = {
      kind: "then",
      status: "done",
      code: "assign.chosen",
      values: { team: "seniors", by: "least_busy" },
    };
    const done = (kind: string, body: JsonObject, verdict: Decided["verdict"] = "done") =>
      decisionTitle(
        { ...decided(verdict, then), kind: "effect", path: "signal/do+1", effect: { kind, body } },
        undefined,
        context,
      );
    expect(done("tag", { add: ["Hot"], remove: ["Cold"] })).toBe("Tags changed: + Hot, − Cold");
    expect(done("notify", { users: ["u1"], message: "Maya is back" })).toBe("Notice given: Maya is back");
    expect(done("assign", { contact: { assignedTo: "u1" } })).toBe("Agent assigned");
    expect(done("update", { contact: { city: "Austin" }, dnd: { sms: "blocked" } })).toBe(
      "Contact changed: city, do-not-disturb",
    );
    expect(done("webhook", {}, "failed")).toBe("Webhook failed");
    const effect: Decided = { ...decided("done", chosen), kind: "effect", path: "signal/do+1" };
    expect(decisionTitle(effect, undefined, context)).toBe("Chosen from seniors, least busy");
    expect(sentence(effect, undefined, context)).toBe("Chosen from seniors, least busy.");
  });

  test("says until when and why it waits", () => {
    const held = { ...message, state: "held" as const, heldUntil: now + 3_600_000 };
    expect(
      sentence(decided("held", permission("hours.quiet", { from: 1200, to: 540, zones: [chicago] })), held, context),
    ).toBe("The text to Maya waits until 10:41 am, because these are quiet hours (8 pm to 9 am) where they live.");
  });

  test("has one instant until when it waits, whatever each check that keeps it has for its own", () => {
    const hour = 3_600_000;
    const check = (code: string, values: JsonObject, until: number) => ({
      ...{ code, ok: false, channel: "sms" as const, values, round: "decide" as const, until },
    });
    const night = check("hours.quiet", { from: 1200, to: 540, zones: [chicago], next: now + hour }, now + hour);
    const full = check("cap.full", { k: 3, n: 3, again: now + 3 * hour }, now + 3 * hour);
    const of = (verdicts: readonly (typeof night)[]) =>
      decided("held", { kind: "permission", status: "held", code: "hours.quiet", verdicts });
    const said = (verdicts: readonly (typeof night)[], until: number, holdUntil?: number) =>
      decisionDetail(
        of(verdicts),
        { ...message, state: "held", heldUntil: until, ...(holdUntil === undefined ? {} : { holdUntil }) },
        context,
      );
    const quiet = "because these are quiet hours (8 pm to 9 am) where they live";
    expect(said([night], now + hour)).toBe(`until 10:41 am, ${quiet}`);
    expect(said([night, full], now + 3 * hour)).toBe(`until 12:41 pm, ${quiet} and they have had 3 of 3`);
    // let go one after another, in the minutes after an opening
    expect(said([night], now + hour + 240_000)).toBe(`for its turn at 10:45 am, ${quiet}`);
    // its own time ends before it may go
    expect(said([night], now + hour / 2, now + hour / 2)).toBe(`until 10:11 am, when its time is over, ${quiet}`);
    // what was decided before, and is no more: as it was then
    expect(decisionDetail(of([night, full]), { ...message, state: "held" }, context)).toContain("until 12:41 pm");
    expect(sentence(of([night]), { ...message, state: "held", heldUntil: now + hour + 240_000 }, context)).toBe(
      `The text to Maya waits for its turn at 10:45 am, ${quiet}.`,
    );
  });

  test("says why somebody was not written to, each channel once", () => {
    const refused = decided("blocked", {
      kind: "permission",
      status: "off",
      code: "permission",
      verdicts: [
        {
          code: "consent.opted_out",
          ok: false,
          channel: "email",
          values: { at: now, by: "the link" },
          round: "decide",
        },
        { code: "consent.none", ok: false, channel: "sms", round: "decide" },
      ],
    });
    expect(sentence(refused, { ...message, state: "blocked" }, context)).toBe(
      "Maya was not written to: they left the email list and they never gave written permission for texts.",
    );
  });

  test("tells an entry, a firing and an end", () => {
    expect(sentence({ ...decided("enrolled", viewed, buying), kind: "enrollment" }, undefined, context)).toBe(
      "Maya entered Hot lead because of “Buying signal”: 5 views in 48 h and a downloaded guide.",
    );
    expect(sentence({ ...decided("fired", buying), kind: "rule" }, undefined, context)).toBe(
      "Buying signal: 5 views in 48 h and a downloaded guide.",
    );
    const left: Link = { kind: "workflow", status: "off", code: "exit", values: { reason: "they answered" } };
    expect(sentence({ ...decided("ended", left), kind: "run" }, undefined, context)).toBe(
      "Maya left Hot lead: they answered.",
    );
  });

  test("exists for every verdict of every kind, also without links", () => {
    for (const kind of KINDS)
      for (const verdict of VERDICTS) {
        const bare: Decided = { kind, verdict, at: now, links: [] };
        expect(sentence(bare, undefined, context), `${kind} ${verdict}`).toMatch(/^[A-Z].*\.$/);
        expect(decisionTitle(bare, undefined, context), `${kind} ${verdict}`).not.toMatch(/undefined|^\s*$/);
      }
  });
});

const KINDS: readonly Decided["kind"][] = ["message", "enrollment", "rule", "step", "run", "effect"];
const VERDICTS: readonly Decided["verdict"][] = [
  "queued",
  "held",
  "blocked",
  "expired",
  "withdrawn",
  "failed",
  "sent",
  "undecided",
  "shadow",
  "enrolled",
  "not_enrolled",
  "fired",
  "not_fired",
  "branch",
  "waiting",
  "ended",
  "done",
];

/** What a why has to be able to say, whatever the rooms call it later. */
const TABLE = [
  "consent.ok",
  "consent.none",
  "consent.opted_out",
  "consent.import_only",
  "dnd.crm",
  "hours.quiet",
  "hours.unsure_zone",
  "hours.no_rules",
  "hours.day",
  "cap.full",
  "window.closed",
  "address.missing",
  "address.bad",
  "budget.wait",
  "breaker.open",
  "paused.run",
  "paused.workflow",
  "agent.active",
  "rule.cooldown",
  "rule.short",
  "enroll.condition",
  "enroll.again",
  "enroll.holdout",
  "enroll.group",
  "exit",
  "hold.expired",
  "send.failover",
  "send.unconfirmed",
  "send.failed",
  "provider.undecided",
  ...(["rate", "auth", "unreachable", "breaker", "forbidden", "limit"] satisfies PutOff[]).map(
    (why) => `put_off.${why}`,
  ),
  "score.rules",
];

/** Whose verdicts, causes and lines people read. What a run says of itself is in a type, which words.ts has to fill. */
const ROOMS = ["behavior", "leads", "outreach", "scoring", "turns", "workflows/run"];

function codesInSource(): string[] {
  const files = ROOMS.flatMap((room) => {
    const folder = fileURLToPath(new URL(`../${room}/`, import.meta.url));
    return readdirSync(folder, { recursive: true }).map((name) => `${folder}${String(name)}`);
  }).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const lines = files.flatMap((file) => readFileSync(file, "utf8").match(/\bcode: [^,]*/g) ?? []);
  const codes = lines.flatMap((line) => line.match(/"[a-z_]+(?:\.[a-z_]+)+"/g) ?? []);
  return [...new Set(codes.map((code) => code.slice(1, -1)))].sort();
}
