// A STOP against the sender, on a real database: at every place at which it can be committed before a message is marked
// as sending, the message stays. And what the sender keeps of those that leave.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { NOON, POINTS, phoneOf, stage } from "../../../test/sending.ts";
import type { Place } from "../../../test/turns.ts";
import { followChain, readProofs, verify } from "../../compliance/index.ts";
import { insertMail } from "../../events/index.ts";
import { newId } from "../../kernel/ids.ts";
import { SECOND } from "../../kernel/time.ts";
import { confirmedAt } from "../../leads/index.ts";

const db = databasePerFile();

const stop = (place: Place, lead: string, from: Record<string, string> = {}) =>
  place.mail({ lead, type: "message.received", at: place.clock.at, data: { channel: "sms", text: "STOP", ...from } });

describe("a STOP that was committed before the message was marked as sending", () => {
  test("keeps it back, wherever the sender was; all others go once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...POINTS), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        async (points, senders) => {
          const scene = await stage(db, points.length);
          const { place, sent } = scene;
          const said = new Set<number>();
          scene.at = async (point) => {
            for (const [n, when] of points.entries()) {
              if (when !== point || said.has(n)) continue;
              said.add(n);
              await stop(place, `lead${n}`);
            }
          };
          await scene.at("before");
          const opened = Array.from({ length: senders }, () => scene.open());
          for (let round = 0; round < 4; round++) {
            await Promise.all(opened.map((sender) => sender.pass(place.location)));
            // turns read what was said, and the sender comes again
            for (let worked = 1; worked > 0; ) worked = await place.run();
            place.clock.at += SECOND;
          }
          await Promise.all(opened.map((sender) => sender.close()));
          const expected = points.flatMap((when, n) => (when === "never" ? [`lead${n}`] : []));
          expect(sent.toSorted(), JSON.stringify({ points, senders })).toEqual(expected.toSorted());
        },
      ),
      { numRuns: 12, ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}) },
    );
  });
});

describe("one person under two records", () => {
  test("is silent as both from the STOP on that one of them has sent, read or not", async () => {
    const { place, sent, open } = await stage(db, 2);
    await place.mail({
      lead: "double",
      type: "crm.contact",
      data: { change: "create", asOf: NOON, createdAt: NOON, contact: { phone: "+16175550100", tags: [] } },
    });
    await place.run();
    await stop(place, "double");
    const sender = open();
    await sender.pass(place.location);
    expect(sent).toEqual(["lead1"]);
    for (let worked = 1; worked > 0; ) worked = await place.run();
    place.clock.at += SECOND;
    await sender.pass(place.location);
    await sender.close();
    expect(sent).toEqual(["lead1"]);
  });

  /** Every lead but the last has a double, from which a STOP is committed; who is sent to before it is read, and after. */
  const sentTo = async (
    twins: readonly Record<string, string>[],
    told: (n: number) => Record<string, string>,
    from: Record<string, string> = {},
  ) => {
    const { place, sent, open } = await stage(db, twins.length + 1);
    const contact = (lead: string, change: string, said: Record<string, string>) => ({
      lead,
      type: "crm.contact",
      data: { change, asOf: place.clock.at, createdAt: NOON, contact: { ...said, tags: [] } },
    });
    place.clock.at += SECOND;
    await place.mail(
      ...twins.map((_, n) => contact(`lead${n}`, "update", told(n))),
      ...twins.map((said, n) => contact(`double${n}`, "update", said)),
    );
    for (let worked = 1; worked > 0; ) worked = await place.run();
    for (const [n] of twins.entries()) await stop(place, `double${n}`, from);
    const sender = open();
    await sender.pass(place.location);
    const unread = [...sent];
    for (let worked = 1; worked > 0; ) worked = await place.run();
    place.clock.at += SECOND;
    await sender.pass(place.location);
    await sender.close();
    return { unread, read: sent.toSorted() };
  };

  test("however their number is typed in the one and the other", async () => {
    const typed = [
      ...["(617) 555-%", "617-555-%", "1617555%", "+1 617 555 % ext 3", "001 617 555 %", "617.555.%"],
      "６１７５５５%",
    ];
    const { unread, read } = await sentTo(
      typed.map((text, n) => ({ phone: text.replace("%", String(100 + n).padStart(4, "0")) })),
      (n) => ({ phone: phoneOf(n) }),
    );
    expect([unread, read]).toEqual([["lead7"], ["lead7"]]);
  });

  test("waits while the other's mail says that a carrier or a page was told to stop", async () => {
    const { place, sent, open } = await stage(db, 2);
    await place.mail({
      lead: "double",
      type: "crm.contact",
      data: { change: "create", asOf: NOON, createdAt: NOON, contact: { phone: phoneOf(0), tags: [] } },
    });
    await place.run();
    const refused = (lead: string) => ({
      ...{ location: place.location, lead, kind: "answer" as const, receivedAt: NOON },
      body: { outbox: newId(NOON), outcome: "refused" as const, at: NOON, channel: "sms" },
    });
    await db.database.transaction([place.location], (sql) => insertMail(sql, [refused("double")]));
    const sender = open();
    await sender.pass(place.location);
    await sender.close();
    expect(sent).toEqual(["lead1"]);
  });

  test("joined by the e-mail address alone waits until what was said is read, which was about the other number", async () => {
    const { unread, read } = await sentTo(
      [{ email: "Maya@Example.com" }, { email: "bob@example.com", phone: "+16175550155" }],
      (n) => ({ phone: phoneOf(n), email: n === 0 ? "maya@example.com" : "BOB@example.com" }),
      { from: "+16175550155" },
    );
    expect([unread, read]).toEqual([["lead2"], ["lead0", "lead1", "lead2"]]);
  });
});

describe("what is kept of a message that leaves", () => {
  test("says why it might, and is chained per lead", async () => {
    const { place, open } = await stage(db, 2);
    const sender = open();
    await sender.pass(place.location);
    await sender.close();
    const proofs = await db.database.transaction([place.location], (sql) =>
      readProofs(sql, place.location, { limit: 10 }),
    );
    expect(proofs.map(({ lead, n, before }) => [lead, n, before])).toEqual([
      ["lead0", 1, ""],
      ["lead1", 1, ""],
    ]);
    const { body } = proofs[0]!;
    expect(body).toMatchObject({ channel: "sms", purpose: "marketing", workflow: "hello", template: "hi", attempt: 1 });
    expect(body["text"]).toMatch(/^[0-9a-f]{64}$/);
    const checked = body["checked"] as { code: string; values: object }[];
    expect(checked.map(({ code }) => code)).toEqual(["consent.ok", "dnd.none", "address.ok", "hours.ok", "cap.ok"]);
    expect(checked[3]?.values).toMatchObject({
      ...{ pack: "careful", local: "14:00", from: "09:00", to: "19:55" },
      places: ["MA America/New_York by area_code"],
    });
    expect(checked[4]?.values).toMatchObject({ k: 0, n: 3 });

    const follow = () => {
      const chain = followChain();
      return (body_: typeof body) => chain.next({ ...proofs[0]!, name: "first", body: body_ });
    };
    expect(follow()(body)).toBeUndefined();
    expect(follow()({ ...body, channel: "voice" })).toEqual({ lead: "lead0", name: "first", what: "changed" });

    const whole = () => verify(db.database, place.location, { now: place.clock.at });
    for (let worked = 1; worked > 0; ) worked = await place.run();
    expect(await whole()).toMatchObject({ ok: true, proofs: 2, broken: [] });
    await place.rows(
      "update message set rendered = jsonb_set(rendered, '{sms,text}', '\"Else\"') where location_id = $1 returning 1",
    );
    expect((await whole()).broken).toMatchObject([{ chain: "proofs", lead: "lead0", what: "changed" }]);
    // a year on, the outbox has forgotten it
    await place.rows("delete from outbox where location_id = $1 returning 1");
    expect((await whole()).broken).toMatchObject([{ chain: "proofs", lead: "lead0", what: "changed" }]);
  });
});

describe("a contact of whom the CRM's news is old", () => {
  test("is asked about before a message leaves, once; a do-not-disturb that nobody told us of holds", async () => {
    const { place, sent, open } = await stage(db, 2);
    await place.rows("update lead set confirmed_at = now() - interval '25 hours' where location_id = $1 returning 1");
    const asked: string[] = [];
    const sender = open({
      confirmed: confirmedAt,
      reread: async (_, lead) => {
        asked.push(lead);
        const at = place.clock.at;
        const channels = lead === "lead0" ? { sms: "blocked" } : {};
        await place.mail(
          {
            lead,
            type: "crm.contact",
            data: { change: "update", asOf: at, contact: { phone: "+16175550100", tags: [] } },
          },
          { lead, type: "crm.dnd", data: { asOf: at, all: false, channels } },
        );
        return true;
      },
    });
    await sender.pass(place.location);
    expect([asked.toSorted(), sent]).toEqual([["lead0", "lead1"], []]);
    for (let round = 0; round < 3; round++) {
      await place.run();
      await sender.pass(place.location);
    }
    await sender.close();
    expect([asked.length, sent]).toEqual([2, ["lead1"]]);
  });

  test("that the CRM does not answer for waits, says what for, and expires with its own hold", async () => {
    const { place, sent, open } = await stage(db, 1);
    await place.rows("update lead set confirmed_at = null where location_id = $1 returning 1");
    const sender = open({ confirmed: confirmedAt, reread: async () => false });
    await sender.pass(place.location);
    const rows = await place.rows<{ state: string; checked: { code: string }[]; waits: boolean }>(
      `select o.state, m.checked, o.deadline > now() + interval '50 seconds' as waits
         from outbox as o join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
        where o.location_id = $1`,
    );
    expect(rows).toEqual([
      { state: "queued", checked: [expect.objectContaining({ code: "dnd.unread" })], waits: true },
    ]);
    await place.run(); // it is told once, and does not forget
    place.clock.at += 73 * 3_600_000;
    await place.run();
    await sender.pass(place.location);
    await sender.close();
    const [end] = await place.rows<{ trace: { links: { code: string; values: object }[] } }>(
      "select trace from decision where location_id = $1 and verdict = 'expired'",
    );
    expect(end?.trace.links.at(-1)).toMatchObject({ code: "hold.expired", values: { verdict: "dnd.unread" } });
    expect(sent).toEqual([]);
  });

  test("that the CRM told us of within the day is not asked about", async () => {
    const { place, sent, open } = await stage(db, 1);
    const asked: string[] = [];
    const sender = open({ confirmed: confirmedAt, reread: async (_, lead) => asked.push(lead) > 0 });
    await sender.pass(place.location);
    await sender.close();
    expect([asked, sent]).toEqual([[], ["lead0"]]);
  });
});
