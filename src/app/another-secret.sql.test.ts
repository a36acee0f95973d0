// The secret by which accounts are opened and opt-outs are found: another is refused, and a lost one is begun anew from.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { NOON, phoneOf, type Stage, stage } from "../../test/sending.ts";
import { verify } from "../compliance/index.ts";
import { readConfig } from "../config.ts";
import { openDatabase } from "../database/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { MINUTE } from "../kernel/time.ts";
import { addressesOf, addressKey, readAddresses, saveAddressChanges } from "../outreach/index.ts";
import { deriveKey, noteSecret, openInstallations, openSeal, openSecrets } from "../tenancy/index.ts";
import { keepSecret, mustBeTheSecret, reseal } from "./another-secret.ts";

const OLD = "the secret that all was sealed with";
const NEW = "the one that somebody made up since";
const now = NOON;
const clock = { now: () => now, real: () => now, elapsed: () => 0 };
const config = readConfig({ LATCHKEY_DATA: "/data", LATCHKEY_SECRET: NEW });
const db = databasePerFile();

const house = (secret: string) => {
  const { database } = db;
  const seal = openSeal(secret);
  return {
    start: () => mustBeTheSecret({ database, seal }, config),
    keep: () => keepSecret({ database, seal }, config),
    reseal: (lost: boolean) => reseal({ database, seal, secret, now }, { lost }),
    installations: () => openInstallations({ database, seal, clock }),
    secrets: openSecrets({ database, seal, clock }),
  };
};
const wipe = () =>
  db.database.asOwner((sql) =>
    sql.query(
      "delete from address; delete from secret_check; delete from installation; delete from secret; delete from token; delete from company",
    ),
  );
const acts = async (location: string) => {
  const { rows } = await db.database.transaction([location], (sql) =>
    sql.query<{ act: string }>(
      `select act from audit join audit_link using (location_id, audit_id)
        where location_id = $1 and who = 'command line' order by seq`,
      [location],
    ),
  );
  return rows.map(({ act }) => act);
};

describe("a start with another secret than before", () => {
  test("is refused, and says what was expected and what to do", async () => {
    await wipe();
    await house(OLD).keep();
    await house(OLD).start();
    await expect(house(NEW).start()).rejects.toThrow(
      /^LATCHKEY_SECRET is not the one that this database was worked on with\..* Expected: the same LATCHKEY_SECRET as before .*latchkey reseal/,
    );
    const made = mustBeTheSecret(
      { database: db.database, seal: openSeal(NEW) },
      readConfig({ LATCHKEY_DATA: "/data" }),
    );
    await expect(made).rejects.toThrow(/^The secret in \/data\/secret is not the one/);
  });

  test("is refused where none was noted yet and nothing opens; one that opens anything is the one", async () => {
    await wipe();
    await (await house(OLD).installations()).install({ location: "loc1", by: "test", token: "pit-1" });
    await expect(house(NEW).start()).rejects.toThrow("is not the one");
    await house(OLD).start();
    await (await house(NEW).installations()).install({ location: "loc2", by: "test" });
    await house(NEW).start();
  });

  test("is refused to the second of two that begin at once", async () => {
    await wipe();
    const [first, second] = await Promise.allSettled([house(OLD).keep(), house(NEW).keep()]);
    expect([first.status, second.status].sort()).toEqual(["fulfilled", "rejected"]);
    await house(first.status === "fulfilled" ? OLD : NEW).keep();
  });

  test("is none for a database that knows nothing yet, or a town alone", async () => {
    await wipe();
    await house(NEW).start();
    await (await house(OLD).installations()).install({ location: "town_a", by: "start" });
    await house(NEW).start();
  });
});

describe("where the old secret is lost", () => {
  test("what does not open is told and left as it is, until it is given up", async () => {
    await wipe();
    const before = await house(OLD).installations();
    await before.install({ location: "loc3", by: "test", token: "pit-3" });
    await before.install({ location: "loc4", by: "test" });
    await house(OLD).secrets.set("loc3", "PARTNER", "signs webhooks", "test");
    const sealed = openSeal(OLD);
    for (const [location, holder, at] of [
      ["loc4", "loc4", "loc4/loc4/access"],
      ["_app", "company1", "_app/company1/access"],
    ] as const)
      await db.database.asOwner((sql) =>
        sql.query(
          `insert into token (location_id, holder, access, number, issued_at, expires_at, renew_at)
           values ($1, $2, $3, 1, now(), now(), now())`,
          [location, holder, sealed.seal("t", at)],
        ),
      );
    await db.database.asOwner((sql) =>
      sql.query(
        "insert into company (location_id, company_id, status, status_at, installed_at) values ('_app', 'company1', 'active', now(), now())",
      ),
    );
    await house(OLD).keep();
    const unopened = {
      webhooks: ["loc3", "loc4"],
      integrations: ["loc3"],
      tokens: [
        { kind: "company", id: "company1" },
        { kind: "location", id: "loc4" },
      ],
      secrets: [{ location: "loc3", name: "PARTNER" }],
    };
    expect(await house(NEW).reseal(false)).toEqual({ another: true, unopened });
    await house(OLD).start();

    expect(await house(NEW).reseal(true)).toMatchObject({ another: true, unopened });
    await house(NEW).start();
    await expect(house(OLD).start()).rejects.toThrow("is not the one");
    const after = await house(NEW).installations();
    expect(after.workflowSecret("loc3")).toHaveLength(32);
    expect([after.get("loc3"), after.get("loc4")]).toMatchObject([
      { status: "reconnect", why: "resealed" },
      { status: "reconnect", why: "resealed" },
    ]);
    expect(after.hasToken("loc3")).toBe(false);
    expect(await house(NEW).secrets.list("loc3")).toEqual([]);
    expect(await acts("loc3")).toEqual(["workflow_secret_renewed", "reconnect", "secret_removed"]);
    expect(await acts("loc4")).toEqual(["workflow_secret_renewed", "reconnect"]);
    expect(await acts("_app")).toEqual(["reconnect"]);
    expect(await house(NEW).reseal(true)).toEqual({
      another: false,
      unopened: { webhooks: [], integrations: [], tokens: [], secrets: [] },
    });
  });

  test("nothing is given up while a Latchkey works on the database", async () => {
    await wipe();
    await (await house(OLD).installations()).install({ location: "loc5", by: "test", token: "pit-5" });
    await house(OLD).keep();
    const running = await openDatabase({ url: db.url, applicationName: "latchkey", max: 1 });
    await expect(house(NEW).reseal(true)).rejects.toThrow("A Latchkey works on this database");
    await running.close();
    await house(OLD).start();
  });

  const keyOf = (secret: string) => deriveKey(secret, "address");
  const known = async ({ place }: Stage, secret: string, contact: object) =>
    (
      await place.inside((sql) =>
        readAddresses(sql, place.location, [{ id: "one", addresses: addressesOf(contact) }], keyOf(secret)),
      )
    ).get("one");

  test("opt-outs go on for everybody who is known: by what was sent, by the words, from where they came, and who has merged", async () => {
    await wipe();
    const scene = await stage(db, 3);
    const { place } = scene;
    await house(OLD).keep();
    const words = idFrom("words");
    const elsewhere = "+16175550190";
    await place.inside(async (sql) => {
      const changes = [
        { phone: phoneOf(0), by: "link" as const },
        { phone: phoneOf(1), by: "words" as const, event: words },
        { phone: elsewhere, by: "words" as const, event: words },
        { phone: "+16175550191", by: "words" as const, event: idFrom("purged") },
      ];
      await saveAddressChanges(
        sql,
        place.location,
        changes.map(({ phone, by, event }) => ({
          family: "phone" as const,
          address: phone,
          optedOutAt: now,
          optOut: { by, ...(event && { event }) },
        })),
        keyOf(OLD),
      );
      const hash = addressKey(keyOf(OLD), "phone", phoneOf(0));
      await sql.query(
        `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided, sent_to)
         values ($1, $2, 'lead0', now(), '{}', 'hi', '', '[]', jsonb_build_object('sms', $3::text))`,
        [place.location, idFrom("message"), hash],
      );
      await sql.query(
        `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
         values ($1, 'gone', $2, 'message.received', $3, $3, 'crm', $4)`,
        [place.location, words, new Date(now), JSON.stringify({ channel: "sms", text: "STOP", from: elsewhere })],
      );
      await sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ($1, 'gone', 'lead1')", [
        place.location,
      ]);
    });
    const found = await house(NEW).reseal(true);
    expect(found.addresses).toEqual({ kept: 3, unknown: 1 });
    for (const phone of [phoneOf(0), phoneOf(1), elsewhere])
      expect((await known(scene, NEW, { phone }))?.phone, phone).toMatchObject({ optedOutAt: now });
    expect(await known(scene, NEW, { phone: phoneOf(2) })).toEqual({});
    expect(await known(scene, OLD, { phone: phoneOf(0) })).toEqual({});
    expect((await verify(db.database, place.location, { now: now + MINUTE })).ok).toBe(true);
    expect(
      await place.rows<{ data: JsonObject }>(
        "select data from audit where location_id = $1 and act = 'addresses_rekeyed'",
      ),
    ).toEqual([{ data: { kept: 3, unknown: 1 } }]);
    // once more, with another: what is known of them goes on again
    const third = house("a third one, of thirty-two characters");
    expect((await third.reseal(true)).addresses).toEqual({ kept: 3, unknown: 1 });
  });

  test("an opt-out that another number of the same lead had ended stays beside what is known there already", async () => {
    await wipe();
    const scene = await stage(db, 1);
    const { place } = scene;
    await (await house(OLD).installations()).install({ location: "loc6", by: "test" });
    await house(OLD).keep();
    await place.inside(async (sql) => {
      await saveAddressChanges(
        sql,
        place.location,
        [{ family: "phone", address: phoneOf(0), faults: { sms: { badAt: 5, detail: "unknown" } } } as never],
        keyOf(NEW),
      );
      await saveAddressChanges(
        sql,
        place.location,
        [{ family: "phone", address: "+16175550192", optedOutAt: now, optOut: { by: "words", lead: "lead0" } }],
        keyOf(OLD),
      );
    });
    expect((await house(NEW).reseal(true)).addresses).toEqual({ kept: 1, unknown: 0 });
    expect((await known(scene, NEW, { phone: phoneOf(0) }))?.phone).toMatchObject({
      optedOutAt: now,
      faults: { sms: { badAt: 5 } },
    });
  });
});

test("an opt-out goes on for the number that a lead had then, and for the one that it has now", async () => {
  await wipe();
  const { place } = await stage(db, 1);
  await house(OLD).keep();
  const later = "+16175550193";
  await place.inside(async (sql) => {
    const said = { optedOutAt: now, optOut: { by: "words" as const, lead: "lead0" } };
    await saveAddressChanges(
      sql,
      place.location,
      [{ family: "phone", address: phoneOf(0), ...said }],
      deriveKey(OLD, "address"),
    );
    await sql.query(
      "update lead set data = jsonb_set(data, '{contact,phone}', to_jsonb($2::text)) where location_id = $1",
      [place.location, later],
    );
  });
  expect((await house(NEW).reseal(true)).addresses).toEqual({ kept: 1, unknown: 0 });
  const found = await place.rows<{ hash: string; out: boolean }>(
    "select address_hash as hash, opted_out_at is not null as out from address where location_id = $1",
  );
  const hashOf = (phone: string) => addressKey(deriveKey(NEW, "address"), "phone", phone);
  const both = [phoneOf(0), later].map((phone) => ({ hash: hashOf(phone), out: true }));
  expect(found).toEqual(expect.arrayContaining(both));
});

test("noting the secret keeps the first", async () => {
  await wipe();
  const note = (secret: string) => db.database.transaction(["_app"], (sql) => noteSecret(sql, openSeal(secret)));
  expect([await note(OLD), await note(NEW), await note(OLD)]).toEqual([true, false, true]);
});
