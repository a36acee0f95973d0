import { beforeAll, describe, expect, test } from "vitest";
import { LEADS, seedTown } from "../../test/brightwater.ts";
import { databasePerFile } from "../../test/database.ts";
import {
  LOCATION,
  moveMessage,
  type SeededLead,
  seedDecision,
  seedEvent,
  seedLead,
  seedMessage,
  ZONE,
} from "../../test/seed.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY, HOUR, iso, MINUTE } from "../kernel/time.ts";
import type { Link } from "./decision.ts";
import { decisionText } from "./decision-text.ts";
import { moment } from "./moment.ts";
import { openReader, type Reader } from "./reader.ts";
import { figures, foldDeltas, saveDeltas } from "./store.ts";

const now = Date.now();
const open = databasePerFile();
let reader: Reader;
let town: Awaited<ReturnType<typeof seedTown>>;
const all = { limit: 50, fold: false } as const;

beforeAll(async () => {
  reader = openReader({ database: open.database, now: () => now });
  town = await seedTown(open.database, now);
});

const textOf = (item: { text: readonly { t: string }[] }) => item.text.map((part) => part.t).join("");

describe("the feed", () => {
  test("tells what happened and what was decided, newest first, with where each message stands now", async () => {
    const { items } = await reader.feed(LOCATION, all);
    const lines = items.map(textOf);
    expect(items.map((item) => item.at)).toEqual([...items.map((item) => item.at)].sort().reverse());
    expect(lines).toContain("Text to Maya Torres delivered · “Maya, Ana here. Want to see 14 Alder Court today?”");
    expect(lines).toContain("Maya Torres entered Hot lead · Buying signal");
    expect(lines.some((line) => line.startsWith("Text to Lena Fischer held · until "))).toBe(true);
    expect(items.find((item) => textOf(item).startsWith("Email to Tunde"))?.status).toBe("failed");
  });

  test("puts what was decided above what caused it", async () => {
    const { items } = await reader.feed(LOCATION, all);
    const maya = items
      .filter((item) => item.lead.id === "lead_maya")
      .slice(0, 4)
      .map((item) => item.kind);
    expect(maya).toEqual(["message", "decision", "decision", "behavior"]);
  });

  test("folds like things of one lead in a row", async () => {
    const { items } = await reader.timeline(LOCATION, "lead_maya", { limit: 50, fold: true });
    expect(items.find((item) => item.title === "Viewed 14 Alder Court")?.count).toBe(3);
  });

  test("goes on page by page, missing and repeating nothing, also within one instant", async () => {
    const whole = (await reader.feed(LOCATION, { limit: 200, fold: false })).items.map((item) => item.id);
    const paged: string[] = [];
    for (let before: string | undefined, i = 0; i < 200; i++) {
      const page = await reader.feed(LOCATION, { before, limit: 2, fold: false });
      paged.push(...page.items.map((item) => item.id));
      before = page.next;
      if (before === undefined) break;
    }
    expect(paged).toEqual(whole);
  });

  test("leaves out what the CRM said before a turn looked at it", async () => {
    await seedEvent(open.database, "lead_maya", "crm.contact", now - 30, {});
    await seedEvent(open.database, "lead_maya", "message.delivered", now - 20, {});
    const { items } = await reader.feed(LOCATION, { limit: 3, fold: false });
    expect(items.map(textOf).join(" ")).not.toMatch(/crm|contact/);
  });

  test("tells the hub what came since, oldest first, and how decisions stand now", async () => {
    const since = await reader.feedSince(LOCATION, now - 6 * MINUTE, 50);
    expect(since.map((item) => item.at)).toEqual([...since.map((item) => item.at)].sort());
    const moved = await seedMessage(open.database, {
      lead: "lead_owen",
      at: now - 4,
      state: "queued",
      text: "On its way",
    });
    const decision = await seedDecision(open.database, {
      lead: "lead_owen",
      at: now - 4,
      kind: "message",
      verdict: "queued",
      message: moved,
      links: [],
    });
    const standing = async (leads: string[], decisions: string[]) =>
      (await reader.feedItems(LOCATION, leads, decisions)).find((item) => item.id === decision)?.status;
    expect(await standing(["lead_owen"], [])).toBe("run");
    await moveMessage(open.database, moved, "accepted", { deliveredAt: now });
    expect(await standing([], [decision])).toBe("done");
  });
});

describe("a decision", () => {
  test("comes with its chain from the event to the provider, each link in words", async () => {
    const why = await reader.decision(LOCATION, town.sent);
    expect(why?.sentence).toBe(
      "Maya got this text because of “Buying signal”: 5 views in 48 hours and a downloaded guide.",
    );
    expect(why?.links.map((link) => link.label)).toEqual([
      "Event",
      "Rule",
      "Score",
      "Workflow",
      "Permission",
      "Channel",
      "Provider",
    ]);
    expect(why?.links.map((link) => link.sinceEventMs)).toEqual([undefined, 2, 3, 4, 4, 4, undefined]);
    expect(why?.links[3]?.note).toBe("step text · hot-lead.yaml:13");
    expect(why?.links[6]?.line).toMatch(/^Accepted .* · delivered /);
    expect(why?.text?.body).toContain("14 Alder Court");
    expect(why?.links[4]?.verdicts?.every((verdict) => verdict.ok)).toBe(true);
  });

  test("says which channel was left because a link names nothing", async () => {
    const about = { lead: "lead_priya", at: now - 6 * HOUR, state: "accepted", text: "Book a time", subject: "A time" };
    const message = await seedMessage(open.database, { ...about, channels: ["sms", "email"], place: 1 });
    const values = { channel: "sms", template: "book", link: "booking", detail: "link.booking is not configured" };
    const id = await seedDecision(open.database, {
      ...{ lead: "lead_priya", kind: "message", message, at: now - 6 * HOUR, verdict: "queued" },
      links: [
        { kind: "channel", status: "off", code: "link.missing", values },
        { kind: "channel", status: "done", code: "channel.chosen", values: { channel: "email", order: ["email"] } },
      ],
    });
    const why = await reader.decision(LOCATION, id);
    expect(why?.sentence).toBe("Priya got this email. No link is called “booking” here, so no text was made.");
    expect(why?.links[0]).toMatchObject({
      ...{ label: "Channel", status: "off", line: "No link is called “booking” here, so no text was made" },
      note: expect.stringContaining("latchkey links set booking"),
    });
  });

  test("says which files went with a text", async () => {
    const attachments = ["https://example.com/plan.jpg"];
    const about = { lead: "lead_priya", at: now - 5 * HOUR, state: "accepted", text: "The plan" };
    const message = await seedMessage(open.database, { ...about, attachments });
    const why = { lead: "lead_priya", kind: "message" as const, message, links: [], verdict: "queued" as const };
    const id = await seedDecision(open.database, { ...why, at: now - 5 * HOUR });
    expect((await reader.decision(LOCATION, id))?.text).toMatchObject({ body: "The plan", attached: attachments });
    expect((await reader.decision(LOCATION, town.sent))?.text).not.toHaveProperty("attached");
  });

  test("not to send names every reason, and that the provider was never asked", async () => {
    const why = await reader.decision(LOCATION, town.blocked);
    expect(why?.verdict).toBe("blocked");
    expect(why?.sentence).toMatch(
      /^Rafael was not written to: they left the email list and they never gave written permission for texts/,
    );
    expect(why?.links.map((link) => link.line)).toContain("Never asked");
    expect(why?.links.at(-1)?.line).toMatch(/^A task for Ana: “Call Rafael about the price drop”, due /);
  });

  test("is superseded by a later one about the same message, and keeps its own verdict", async () => {
    const message = await seedMessage(open.database, {
      lead: "lead_priya",
      at: now - 3 * HOUR,
      state: "accepted",
      text: "twice decided",
    });
    const about = { lead: "lead_priya", kind: "message" as const, message, links: [] };
    const first = await seedDecision(open.database, { ...about, at: now - 3 * HOUR, verdict: "held" });
    const second = await seedDecision(open.database, { ...about, at: now - 2 * HOUR, verdict: "queued" });
    expect(await reader.decision(LOCATION, first)).toMatchObject({ verdict: "held", supersededBy: second });
    expect(await reader.decision(LOCATION, second)).toMatchObject({ verdict: "accepted", supersedes: first });
  });

  test("that held a message until another instant than the one it is held to now keeps its own", async () => {
    const seeded = { lead: "lead_priya", at: now - 50 * HOUR, state: "held", text: "held twice" };
    const message = await seedMessage(open.database, { ...seeded, notBefore: now + 20 * MINUTE });
    const held = (until: number): Link => ({
      ...{ kind: "permission", status: "held", code: "hours.day" },
      verdicts: [{ code: "hours.day", ok: false, until, values: { day: "Sunday" }, round: "decide" }],
    });
    const about = { lead: "lead_priya", kind: "message" as const, message, verdict: "held" as const };
    const before = now - 49 * HOUR;
    const first = await seedDecision(open.database, { ...about, at: now - 50 * HOUR, links: [held(before)] });
    await seedDecision(open.database, { ...about, at: before, links: [held(now + 20 * MINUTE)] });
    const why = await reader.decision(LOCATION, first);
    expect(why?.sentence).toContain(`until ${moment(before, now, ZONE)}, because nothing goes out on Sunday`);
    await moveMessage(open.database, message, "withdrawn");
  });

  test("is found by its message, too: the latest about it", async () => {
    const message = (await reader.decision(LOCATION, town.blocked))?.message ?? "";
    expect(await reader.decision(LOCATION, message)).toMatchObject({ id: town.blocked, message });
    expect(await reader.decision("loc_other", message)).toBeUndefined();
  });

  test("about a lead is one for each message, and for each workflow that it did not enter, the newest first", async () => {
    const { items } = await reader.decisions(LOCATION, "lead_priya", 50);
    const messages = items.flatMap(({ message }) => message ?? []);
    expect(messages.length).toBeGreaterThan(2);
    expect(new Set(messages).size).toBe(messages.length);
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    );
    for (const item of items) expect(item).not.toHaveProperty("supersededBy");
    expect(await reader.decisions(LOCATION, "lead_priya", 1)).toEqual({ items: items.slice(0, 1) });
    const turned = { lead: "lead_markup", kind: "enrollment", verdict: "not_enrolled", workflow: "hot_lead" } as const;
    const id = await seedDecision(open.database, {
      ...turned,
      at: now - HOUR,
      links: [{ kind: "workflow", status: "off", code: "enroll.holdout", values: {} }],
    });
    expect((await reader.decisions(LOCATION, "lead_markup", 50)).items.map((one) => one.id)).toContain(id);
    expect(await reader.decisions("loc_other", "lead_priya", 50)).toEqual({ items: [] });
  });

  test("about a lead counts its messages and what it did not enter apart: neither hides the other", async () => {
    const turned = { lead: "lead_unsure", kind: "enrollment", verdict: "not_enrolled", workflow: "hot_lead" } as const;
    const links: Link[] = [{ kind: "workflow", status: "off", code: "enroll.holdout", values: {} }];
    const away: string[] = [];
    for (const minute of [3, 2, 1])
      away.push(await seedDecision(open.database, { ...turned, links, at: now - minute * MINUTE }));
    const message = await seedMessage(open.database, {
      lead: "lead_unsure",
      at: now - DAY,
      state: "accepted",
      text: "Hi",
    });
    const sent = { lead: "lead_unsure", kind: "message", verdict: "queued", message, links: [] } as const;
    const about = await seedDecision(open.database, { ...sent, at: now - DAY });
    const shown = async (limit: number) =>
      (await reader.decisions(LOCATION, "lead_unsure", limit)).items.map(({ id }) => id);
    expect(await shown(2)).toEqual([away[2], away[1], about]);
    expect(await shown(1)).toEqual([away[2], about]);
  });

  test("as text names the local time, the zone, and each check with its code", async () => {
    const why = await reader.decision(LOCATION, town.held);
    const text = why === undefined ? "" : decisionText(why);
    const [sentence, when] = text.split("\n");
    expect(sentence).toBe(why?.sentence);
    expect(when).toContain(`${moment(now - 40 * MINUTE, now + 7 * DAY, ZONE)} ${ZONE} (${why?.at})`);
    expect(when).toMatch(/ · decision [\w-]{36} · message [\w-]{36}$/);
    expect(text).toMatch(/\n {4}no {2}Hours: zone unsure: .* \[hours\.unsure_zone, until \d{4}-.*Z\]/);
    expect(text).toMatch(/\n {2}Provider {4}Not asked yet/);
  });

  test("of another location is not there", async () => {
    expect(await reader.decision("loc_other", town.sent)).toBeUndefined();
    expect((await reader.feed("loc_other", all)).items).toEqual([]);
    expect(await reader.lead("loc_other", "lead_maya", { addresses: true })).toBeUndefined();
  });
});

describe("a lead", () => {
  test("has a head: who it is, how it stands, what it is in, whether we may write", async () => {
    const head = await reader.lead(LOCATION, "lead_maya", { addresses: true });
    expect(head).toMatchObject({
      name: "Maya Torres",
      owner: "Ana Ruiz",
      phone: "+15125550101",
      score: { value: 0.82, source: "rules", reasons: [{ text: "5 homes in 48 hours", weight: 1.34 }, {}, {}] },
    });
    expect(head?.engagement).toBeCloseTo(4.2 / 6.2, 3);
    expect(head?.runs[0]).toMatchObject({ workflow: { name: "Hot lead" }, waitsFor: "news from them" });
    expect(head?.channels.map((channel) => channel.state)).toEqual(["ok", "ok"]);
    expect((await reader.lead(LOCATION, "lead_rafael", { addresses: true }))?.channels[1]?.state).toBe("off");
    expect((await reader.lead(LOCATION, "lead_lena", { addresses: true }))?.channels[0]?.state).toBe("held");
  });

  test("keeps its number and address from those who may not see them", async () => {
    const head = await reader.lead(LOCATION, "lead_maya", { addresses: false });
    expect([head?.phone, head?.email]).toEqual(["•••-0101", "m•••@example.com"]);
  });

  test("is found by the beginning of a name, an address or a number, in any case and spelling", async () => {
    const find = async (q: string) =>
      (await reader.leads(LOCATION, { q, sort: "recent", limit: 10 })).items.map((item) => item.id);
    expect(await find("MAYA t")).toEqual(["lead_maya"]);
    expect(await find("lena@ex")).toEqual(["lead_lena"]);
    expect(await find("(850) 555")).toEqual(["lead_lena"]);
    expect(await find("+1850")).toEqual(["lead_lena"]);
    expect(await find("%")).toEqual([]);
    expect(await find("<img")).toEqual(["lead_markup"]);
  });

  test("is meant by a whole name, address or number, in any spelling, and by no part of one", async () => {
    const find = async (q: string) =>
      (await reader.leads(LOCATION, { q, whole: true, sort: "name", limit: 10 })).items.map((item) => item.id);
    const { firstName, lastName, email = "", phone = "" } = LEADS.find(({ id }) => id === "lead_maya") as SeededLead;
    const [area, office, line] = [phone.slice(2, 5), phone.slice(5, 8), phone.slice(8)];
    const spelled = [
      ...[phone, `${area}${office}${line}`, `1${area}${office}${line}`, `(${area}) ${office}-${line}`],
      ...[`${area}.${office}.${line}`, `+1 ${area}/${office}-${line}`, `001 ${area} ${office} ${line}`],
      ...[`1-${area}-${office}\u2011${line}`, `${firstName}  ${lastName.toUpperCase()}`, ` ${email.toUpperCase()} `],
    ];
    for (const q of spelled) expect(await find(q), q).toEqual(["lead_maya"]);
    for (const q of [firstName, email.slice(0, -1), phone.slice(0, -1), "%", "555"])
      expect(await find(q), q).toEqual([]);
  });

  const heardOf = async () =>
    (
      await open.database.transaction([LOCATION], (sql) =>
        sql.query<{ lead: string }>(
          `select distinct e.lead_id as lead from event as e join lead using (location_id, lead_id)
            where e.type not like 'crm.%' and e.type not like 'trigger.%'`,
        ),
      )
    ).rows
      .map(({ lead }) => lead)
      .sort();

  test("is listed by name page by page, and by who was heard of last", async () => {
    const whole = (await reader.leads(LOCATION, { sort: "name", limit: 100 })).items.map((item) => item.id);
    expect(whole).toHaveLength(LEADS.length + 4);
    const paged: string[] = [];
    for (let after: string | undefined, i = 0; i < 20; i++) {
      const page = await reader.leads(LOCATION, { sort: "name", after, limit: 3 });
      paged.push(...page.items.map((item) => item.id));
      after = page.next;
      if (after === undefined) break;
    }
    expect(paged).toEqual(whole);
    const heard: string[] = [];
    const at: string[] = [];
    for (let after: string | undefined, i = 0; i < 20; i++) {
      const page = await reader.leads(LOCATION, { sort: "recent", after, limit: 2 });
      heard.push(...page.items.map(({ id }) => id));
      at.push(...page.items.map(({ lastSeenAt = "" }) => lastSeenAt));
      after = page.next;
      if (after === undefined) break;
    }
    expect(heard[0]).toBe("lead_maya");
    expect(new Set(heard).size).toBe(heard.length);
    expect(at).toEqual([...at].sort().reverse());
    // all of whom anything was heard
    expect([...heard].sort()).toEqual(await heardOf());
  });

  test("heard of at one instant are told apart, and an older event of theirs brings nobody back", async () => {
    const at = now - 20 * 24 * HOUR;
    const leads = ["lead_maya", "lead_same_1", "lead_same_2", "lead_same_3"];
    for (const lead of leads.slice(1))
      await seedLead(open.database, { id: lead, firstName: "Same", lastName: lead }, at);
    for (const lead of leads) await seedEvent(open.database, lead, "property.viewed", at, {});
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await reader.leads(LOCATION, { sort: "recent", after, limit: 1 });
      found.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    expect(found.filter((id) => id === "lead_maya")).toHaveLength(1);
    expect(found.filter((id) => id.startsWith("lead_same_")).sort()).toEqual(leads.slice(1));
  });

  test("merged into another answers with the survivor", async () => {
    await open.database.transaction([LOCATION], (sql) =>
      sql.query("insert into lead_alias values ($1, 'lead_old', 'lead_maya')", [LOCATION]),
    );
    expect(await reader.lead(LOCATION, "lead_old", { addresses: true })).toMatchObject({ id: "lead_maya" });
    const maya = LEADS.find(({ id }) => id === "lead_maya") as SeededLead;
    const old = { ...maya, id: "lead_old", phone: "+18505550199" };
    await seedLead(open.database, old, now - HOUR);
    for (const q of [maya.email ?? "", old.phone]) {
      const { items } = await reader.leads(LOCATION, { q, whole: true, sort: "name", limit: 10 });
      expect(items.map(({ id }) => id)).toEqual(["lead_maya"]);
    }
  });
});

describe("messages, runs and workflows", () => {
  test("are filtered by state, and say until when and why they wait", async () => {
    const held = await reader.messages(LOCATION, { state: "held", limit: 50 });
    expect(held.items).toMatchObject([
      { lead: { name: "Lena Fischer" }, channel: "sms", reason: { code: "hours.unsure_zone" }, decision: town.held },
    ]);
    const [{ heldUntil, reason } = {}] = held.items;
    expect(heldUntil).toBe(iso(now + 9 * HOUR));
    const why = await reader.decision(LOCATION, town.held);
    expect(why?.sentence).toBe(`The text to Lena waits ${reason?.line}.`);
    expect((await reader.messages(LOCATION, { state: "failed", limit: 50 })).items).toHaveLength(1);
    expect((await reader.messages(LOCATION, { lead: "lead_rafael", limit: 50 })).items).toHaveLength(1);
  });

  test("by what became of them fill their pages, however many of another fate lie between", async () => {
    const about = { channel: "sms", workflow: "fates" } as const;
    const wanted: string[] = [];
    for (let i = 0; i < 12; i++) {
      const delivery: JsonObject = i % 4 === 0 ? { failedAt: now } : i % 4 === 1 ? { deliveredAt: now } : {};
      const one = { lead: "lead_owen", at: now - i - 1, state: "accepted", text: `fate ${i}`, delivery };
      const id = await seedMessage(open.database, { ...one, channels: ["sms"], workflow: "fates" });
      if (i % 4 === 0) wanted.push(id);
    }
    const first = await reader.messages(LOCATION, { ...about, state: "failed", limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(wanted.slice(0, 2));
    const rest = await reader.messages(LOCATION, { ...about, state: "failed", limit: 2, before: first.next });
    expect([rest.items.map(({ id }) => id), rest.next]).toEqual([wanted.slice(2), undefined]);
    const states = async (state: "delivered" | "accepted") =>
      (await reader.messages(LOCATION, { ...about, state, limit: 50 })).items.map((item) => item.state);
    expect(await states("delivered")).toEqual(Array(3).fill("delivered"));
    expect(await states("accepted")).toEqual(Array(6).fill("accepted"));
  });

  test("are found by the check that kept them back, and by what it did", async () => {
    const ids = async (asked: { verdict?: "held" | "blocked" | "expired"; check?: string }) =>
      (await reader.messages(LOCATION, { ...asked, limit: 50 })).items.map(({ decision }) => decision);
    expect(await ids({ verdict: "held", check: "hours.unsure_zone" })).toEqual([town.held]);
    expect(await ids({ check: "hours.unsure_zone" })).toEqual([town.held]);
    expect(await ids({ verdict: "blocked", check: "hours.unsure_zone" })).toEqual([]);
    expect(await ids({ verdict: "blocked" })).toEqual([town.blocked]);
  });

  test("that the CRM put off say why, on the list, in their chain, and first on the System page", async () => {
    const [held] = (await reader.messages(LOCATION, { state: "held", limit: 1 })).items;
    const set = (state: string, putOff: string | null) =>
      open.database.transaction([LOCATION], (sql) =>
        sql.query("update outbox set state = $3, put_off = $4 where location_id = $1 and outbox_id = $2", [
          LOCATION,
          held?.id,
          state,
          putOff,
        ]),
      );
    try {
      await set("queued", "forbidden");
      const { items } = await reader.messages(LOCATION, { state: "queued", limit: 50 });
      expect(items.find(({ id }) => id === held?.id)?.reason?.code).toBe("put_off.forbidden");
      const why = await reader.decision(LOCATION, town.held);
      expect(why?.links.at(-1)).toMatchObject({ kind: "provider", status: "held", code: "put_off.forbidden" });
      expect((await reader.system(LOCATION)).verdict).toMatchObject({
        level: "bad",
        text: "The CRM says that a scope is missing: 1 to go. latchkey doctor names it.",
      });
      await set("undecided", null);
      const undecided = await reader.messages(LOCATION, { state: "undecided", limit: 50 });
      expect(undecided.items[0]?.reason?.code).toBe("provider.undecided");
    } finally {
      await set("held", null);
    }
  });

  test("go on page by page", async () => {
    const whole = (await reader.messages(LOCATION, { limit: 100 })).items.map((item) => item.id);
    const paged: string[] = [];
    for (let before: string | undefined, i = 0; i < 20; i++) {
      const page = await reader.messages(LOCATION, { before, limit: 2 });
      paged.push(...page.items.map((item) => item.id));
      before = page.next;
      if (before === undefined) break;
    }
    expect(paged).toEqual(whole);
  });

  test("count the people in each workflow", async () => {
    const { items } = await reader.workflows(LOCATION);
    expect(items.map((item) => [item.id, item.active])).toEqual([
      ["first_time_buyer", 0],
      ["hot_lead", 1],
      ["re_engage", 1],
    ]);
    expect(items.map((item) => item.standing)).toEqual([
      [],
      [{ path: "booked", name: "booked", count: 1 }],
      [{ path: "welcome_back", name: "welcome back", count: 1 }],
    ]);
    expect((await reader.runs(LOCATION, { workflow: "hot_lead", limit: 10 })).items).toMatchObject([
      { lead: "lead_maya" },
    ]);
  });
});

describe("trouble", () => {
  test("is nobody's until there is some, and then names who needs a person", async () => {
    expect((await reader.system(LOCATION)).verdict.level).toBe("watch"); // one message is unconfirmed
    await seedLead(open.database, { id: "lead_sam", firstName: "Sam", lastName: "Whitlock" }, now);
    await open.database.transaction([LOCATION], (sql) =>
      sql.query(
        "update lead_turn set parked_at = $2, parked_why = 'a field was not text' where location_id = $1 and lead_id = 'lead_sam'",
        [LOCATION, new Date(now - MINUTE)],
      ),
    );
    const { items } = await reader.attention(LOCATION, 10);
    expect(items).toMatchObject([{ lead: { name: "Sam Whitlock" }, reason: "parked", actions: ["open", "retry"] }]);
    const system = await reader.system(LOCATION);
    expect(system.verdict).toEqual({ level: "bad", text: "1 lead stopped after repeated errors." });
    expect(system.figures).toMatchObject({ parkedLeads: 1, unconfirmed: 1 });
    expect((await reader.lead(LOCATION, "lead_sam", { addresses: true }))?.parked?.why).toBe("a field was not text");
  });
});

describe("counts", () => {
  test("are the same folded, half folded and not folded", async () => {
    const write = () =>
      open.database.transaction([LOCATION], (sql) =>
        saveDeltas(sql, LOCATION, now, [
          { metric: "event", dimension: "property_view", amount: 2 },
          { metric: "event", dimension: "form.submitted", amount: 1 },
        ]),
      );
    const read = () => open.database.transaction([LOCATION], (sql) => figures(sql, LOCATION, now));
    await write();
    const before = await read();
    expect(await open.database.transaction("*", foldDeltas)).toBe(2);
    expect(await read()).toEqual(before);
    await write();
    expect((await read()).map((row) => row.amount)).toEqual([2, 4]);
    await open.database.transaction("*", foldDeltas);
    expect((await read()).map((row) => row.amount)).toEqual([2, 4]);
    expect(await open.database.transaction("*", foldDeltas)).toBe(0);
  });
});
