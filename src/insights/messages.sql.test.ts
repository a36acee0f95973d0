// What the Messages page is told, over a real database.

import { beforeAll, describe, expect, test } from "vitest";
import { seedTown } from "../../test/brightwater.ts";
import { databasePerFile } from "../../test/database.ts";
import { LOCATION, seedMessage } from "../../test/seed.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { openReader } from "./reader.ts";
import { channelRates, type Delta, foldDeltas, saveDeltas, slotRates } from "./store.ts";

describe("how messages fare", () => {
  const open = databasePerFile();
  const now = Date.UTC(2026, 2, 2, 15, 30);
  const reader = () => openReader({ database: open.database, now: () => now });
  const count = (at: number, deltas: readonly Delta[]) =>
    open.database.transaction([LOCATION], (sql) => saveDeltas(sql, LOCATION, at, deltas));
  const of = (stage: string, dimension: string, amount = 1): Delta => ({
    metric: `funnel.${stage}`,
    dimension,
    amount,
  });

  const once = (stage: string, amount = 1, dimension = "/welcome/hello"): Delta => ({
    metric: `fate.${stage}`,
    dimension,
    amount,
  });

  beforeAll(async () => {
    await seedTown(open.database, now);
    await count(now - 30 * 60_000, [
      once("decided", 3),
      once("accepted", 3),
      once("bounced"),
      once("failover"),
      once("delivered"),
      of("decided", "email/welcome/hello", 3),
      of("accepted", "email/welcome/hello", 3),
      of("bounced", "email/welcome/hello"),
      of("failover", "email/welcome/hello"),
      of("accepted", "sms/welcome/hello"),
      of("delivered", "sms/welcome/hello"),
    ]);
    await open.database.transaction("*", foldDeltas);
    // one more of the same hour, not folded yet
    await count(now - 20 * 60_000, [of("replied", "sms/welcome/hello"), of("machine_opened", "email/welcome/hello")]);
    await count(now - 20 * 60_000, [once("replied"), once("machine_opened"), once("failed"), once("withdrawn", 2)]);
    await count(now - 3 * DAY, [
      once("accepted", 7, "/hot_lead/hot_hello"),
      of("accepted", "sms/hot_lead/hot_hello", 7),
      { metric: "event", dimension: "x", amount: 9 },
    ]);
  });

  test("is what was counted within the time, folded or not, by channel, workflow, template and day", async () => {
    const view = await reader().messageFigures(LOCATION, {});
    expect(view.counts).toBe("messages");
    expect(view.total).toMatchObject({ decided: 3, accepted: 3, delivered: 1, replied: 1, failed: 1, failover: 1 });
    expect(view.total).toMatchObject({ opened: 0, machine_opened: 1 });
    expect(view.channels.map(({ key, stages }) => [key, stages.accepted])).toEqual([
      ["email", 3],
      ["sms", 1],
    ]);
    expect(view.workflows.map(({ key }) => key)).toEqual(["welcome"]);
    expect(view.templates.map(({ key }) => key)).toEqual(["hello"]);
    expect(view.days.map(({ key }) => key)).toEqual(["2026-03-02"]);
  });

  test("counts a message once, and on a channel that is asked for each attempt", async () => {
    const view = await reader().messageFigures(LOCATION, {});
    expect(view.channels.map(({ key, stages }) => [key, stages.accepted])).toEqual([
      ["email", 3],
      ["sms", 1],
    ]);
    for (const groups of [view.workflows, view.templates, view.days])
      expect(groups.map(({ stages }) => stages.accepted)).toEqual([3]);
    const email = await reader().messageFigures(LOCATION, { channel: "email" });
    expect(email).toMatchObject({ counts: "attempts", total: { decided: 3, accepted: 3, bounced: 1, failed: 0 } });
    expect(email.workflows.map(({ stages }) => stages.bounced)).toEqual([1]);
  });

  test("is the same on Now, since midnight where the team is", async () => {
    const { messages } = await reader().today(LOCATION);
    expect(messages).toMatchObject({ out: 3, notSent: 2, failed: 1 });
    expect(messages.held).toBe((await reader().messageFigures(LOCATION, {})).held.count);
  });

  test("goes back as far as one asks, and narrows by what one names", async () => {
    const week = await reader().messageFigures(LOCATION, { from: now - 7 * DAY });
    expect(week.total.accepted).toBe(10);
    expect(week.days.map(({ stages }) => stages.accepted)).toEqual([7, 3]);
    const texts = await reader().messageFigures(LOCATION, {
      from: now - 7 * DAY,
      channel: "sms",
      workflow: "hot_lead",
    });
    expect(texts.total.accepted).toBe(7);
    expect(await reader().messageFigures(LOCATION, { to: now - HOUR })).toMatchObject({ total: { accepted: 0 } });
  });

  test("tells what leads of the location do by channel, added up as it is folded, and of no other location", async () => {
    const habit = (what: string, channel: string, amount: number): Delta => ({
      metric: `habit.${what}`,
      ...{ dimension: channel, amount },
    });
    await count(now, [habit("sent", "email", 4), habit("opened", "email", 2), habit("sent", "sms", 3)]);
    await open.database.transaction("*", foldDeltas);
    await count(now, [habit("opened", "email", -1), habit("answered", "email", 1)]);
    await open.database.transaction("*", foldDeltas);
    const rates = (location: string) => open.database.transaction([location], (sql) => channelRates(sql, location));
    expect(await rates(LOCATION)).toEqual({
      email: { sent: 4, answered: 1, opened: 1 },
      sms: { sent: 3, answered: 0, opened: 0 },
    });
    expect(await rates("somewhere_else")).toEqual({});
  });

  test("tells what they do by the hours at which messages left, and keeps no hour of the clock for it", async () => {
    const slot = (what: string, dimension: string, amount: number): Delta => ({
      metric: `slot.${what}`,
      dimension,
      amount,
    });
    await count(now, [slot("sent", "sms/d9", 3), slot("answered", "sms/d9", 2), slot("sent", "email/e4", 1)]);
    await open.database.transaction("*", foldDeltas);
    await count(now, [slot("answered", "sms/d9", -1), slot("sent", "sms/d9", 1)]);
    await open.database.transaction("*", foldDeltas);
    const rates = (location: string) => open.database.transaction([location], (sql) => slotRates(sql, location));
    expect(await rates(LOCATION)).toEqual({ "email/e4": [1, 0], "sms/d9": [4, 1] });
    expect(await rates("somewhere_else")).toEqual({});
    const hours = await open.database.transaction([LOCATION], (sql) =>
      sql.query("select 1 from insight where location_id = $1 and metric like 'slot.%'", [LOCATION]),
    );
    expect(hours.rows).toEqual([]);
  });

  test("tells what is held now, and when the first of it may go", async () => {
    const { held } = await reader().messageFigures(LOCATION, {});
    expect(held.count).toBeGreaterThan(0);
    expect(held.next).toBe(new Date(now + 9 * HOUR).toISOString());
    expect(held.reasons.reduce((sum, reason) => sum + reason.count, 0)).toBe(held.count);
  });

  test("shows each message with the channels it took, and who said so", async () => {
    const id = await seedMessage(open.database, {
      lead: "lead_maya",
      at: now,
      state: "accepted",
      channels: ["email", "sms"],
      place: 1,
      text: "two ways",
      delivery: {
        legs: {
          email: { accepted: { at: now, by: "answer" }, bounced: { at: now + 5, by: "email_stats", detail: "550" } },
          sms: { accepted: { at: now + 9, by: "answer" } },
        },
        stands: { email: "bounced", sms: "sent" },
      },
    });
    const { items } = await reader().messages(LOCATION, { lead: "lead_maya", limit: 10 });
    expect(items.find((item) => item.id === id)?.legs).toMatchObject([
      { channel: "email", state: "bounced", facts: [{ told: "accepted" }, { told: "bounced", detail: "550" }] },
      { channel: "sms", state: "sent", facts: [{ told: "accepted", by: "answer" }] },
    ]);
  });
});
