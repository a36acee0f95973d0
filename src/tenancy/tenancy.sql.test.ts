import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openHints } from "../database/index.ts";
import { openAccess } from "./access.ts";
import { mayUse } from "./installation.ts";
import { openInstallations } from "./installations.ts";
import { openLinks } from "./links.ts";
import { openSeal } from "./seal.ts";
import { openSecrets } from "./secrets.ts";
import { openSites, siteFinder } from "./site.ts";

const db = databasePerFile();

const seal = openSeal("a secret of at least thirty-two characters");
let at = Date.parse("2026-03-02T12:00:00Z");
let elapsed = 0;
const clock = { now: () => at++, real: () => at, elapsed: () => elapsed };
const open = () => openInstallations({ database: db.database, seal, clock });

describe("an installation", () => {
  test("is made once: seed, secret and first instant stay when it is repeated", async () => {
    const installations = await open();
    const first = await installations.install({ location: "loc1", by: "environment", timeZone: "America/Chicago" });
    const secret = installations.workflowSecret("loc1");
    const second = await installations.install({ location: "loc1", by: "environment", name: "Front Office" });
    expect(second).toEqual({ ...first, name: "Front Office" });
    expect([installations.workflowSecret("loc1"), secret?.length]).toEqual([secret, 32]);
    expect(await acts("loc1")).toEqual(["install"]);
  });

  test("by one process is seen by another when it refreshes", async () => {
    const [ours, theirs] = [await open(), await open()];
    await theirs.install({ location: "loc2", by: "somebody" });
    expect(ours.has("loc2")).toBe(false);
    await ours.refresh();
    expect(ours.has("loc2")).toBe(true);
  });

  test("by one process is known to another as soon as it is asked for", async () => {
    const [ours, theirs] = [await openInstallations({ database: db.database, seal, clock, apart: 20 }), await open()];
    await theirs.install({ location: "loc_asked", by: "somebody" });
    expect(await ours.knows("loc_asked")).toBe(true);
    expect([await ours.knows("loc_none"), ours.has("loc_none")]).toEqual([false, false]);
  });

  test("ended while all are read is ended, whatever had been read by then", async () => {
    let hasRead: () => void = () => undefined;
    let goOn: Promise<void> = Promise.resolve();
    const database = {
      ...db.database,
      transaction: (async (scope, work) => {
        const read = await db.database.transaction(scope, work);
        if (scope !== "*") return read;
        hasRead();
        await goOn;
        return read;
      }) as typeof db.database.transaction,
    };
    const installations = await openInstallations({ database, seal, clock });
    await installations.install({ location: "loc_ended", by: "somebody" });
    let release: () => void = () => undefined;
    goOn = new Promise((resolve) => (release = resolve));
    const reading = new Promise<void>((resolve) => (hasRead = resolve));
    const refreshed = installations.refresh();
    await reading;
    await installations.uninstall("loc_ended", "somebody");
    release();
    await refreshed;
    expect(installations.has("loc_ended")).toBe(false);
  });

  test("that nobody made costs one reading a while, however many ask for whatever", async () => {
    let readings = 0;
    const database = {
      ...db.database,
      transaction: ((scope, work) => {
        if (scope === "*") readings++;
        return db.database.transaction(scope, work);
      }) as typeof db.database.transaction,
    };
    const installations = await openInstallations({ database, seal, clock, apart: 30 });
    const strangers = () => Promise.all(Array.from({ length: 100 }, (_, n) => installations.knows(`stranger${n % 7}`)));
    expect(readings).toBe(1); // as it opened
    await strangers();
    expect(readings).toBe(2);
    await strangers();
    expect(readings).toBe(3);
    await installations.install({ location: "loc_known", by: "somebody" });
    await Promise.all(Array.from({ length: 100 }, () => installations.knows("loc_known")));
    expect(readings).toBe(3);
  });

  test("by one process, its change and its end are told to the others, who read it unasked", async () => {
    const [near, far] = [openHints({ url: db.url }), openHints({ url: db.url })];
    const ours = await open();
    const listening = new Promise<void>((resolve) => {
      far.listen("latchkey_installs", (location) => {
        if (location === "") resolve();
        void ours.refresh();
      });
    });
    await listening;
    const tell = (location: string) => near.notify("latchkey_installs", location);
    const theirs = await openInstallations({ database: db.database, seal, clock, tell });
    await theirs.install({ location: "loc_told", by: "somebody" });
    await expect.poll(() => ours.has("loc_told")).toBe(true);
    await theirs.rename("loc_told", { name: "Lakeside" });
    await expect.poll(() => ours.get("loc_told")?.name).toBe("Lakeside");
    await db.database.transaction(["loc_told"], (sql) => theirs.park(sql, "loc_told", "lost", () => true));
    await theirs.changed("loc_told");
    await expect.poll(() => ours.get("loc_told")?.status).toBe("reconnect");
    await theirs.uninstall("loc_told", "somebody");
    await expect.poll(() => ours.has("loc_told")).toBe(false);
    await Promise.all([near.close(), far.close()]);
  });

  test("keeps its token sealed, and gives it back", async () => {
    const installations = await open();
    await installations.install({ location: "loc3", by: "somebody", token: "pit-secret-token" });
    expect(installations.token("loc3")).toBe("pit-secret-token");
    const { rows } = await db.database.transaction(["loc3"], (sql) =>
      sql.query<{ token: string }>("select token from installation"),
    );
    expect(rows[0]?.token).not.toContain("secret");
  });

  test("ends, is audited, and may come back", async () => {
    const installations = await open();
    await installations.install({ location: "loc4", by: "somebody" });
    await installations.uninstall("loc4", "somebody");
    expect(installations.has("loc4")).toBe(false);
    expect(installations.list().map(({ location }) => location)).not.toContain("loc4");
    await installations.install({ location: "loc4", by: "somebody" });
    expect(installations.has("loc4")).toBe(true);
    expect(await acts("loc4")).toEqual(["install", "uninstall", "install"]);
  });
});

describe("an API key", () => {
  test("opens its own location, in its role, and no other", async () => {
    const access = openAccess({ database: db.database, clock });
    const { key } = await access.makeKey({ location: "loc1", name: "IDX", role: "agent", by: "somebody" });
    const principal = await access.authorize(`Bearer ${key}`);
    expect(principal).toMatchObject({ name: "IDX", role: "agent", locations: ["loc1"] });
    expect([mayUse(principal, "loc1"), mayUse(principal, "loc2")]).toEqual([true, false]);
  });

  test("is stored only as a hash", async () => {
    const access = openAccess({ database: db.database, clock });
    const { key } = await access.makeKey({ location: "loc1", name: "IDX", role: "agent", by: "somebody" });
    const { rows } = await db.database.transaction(["loc1"], (sql) => sql.query<object>("select * from api_key"));
    expect(JSON.stringify(rows)).not.toContain(key.split(".").at(-1));
  });

  test("is refused when unknown, altered, moved to another location, or no key at all", async () => {
    const access = openAccess({ database: db.database, clock, ownerKey: "environment-key-of-the-owner" });
    const { key } = await access.makeKey({ location: "loc1", name: "IDX", role: "agent", by: "somebody" });
    const moved = key.replace(".loc1.", ".loc2.");
    const altered = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
    for (const header of [undefined, "", "Basic abc", "Bearer x", `Bearer ${moved}`, `Bearer ${altered}`])
      await expect(access.authorize(header), header).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("dies within ten seconds of its revocation, also in other processes", async () => {
    const [ours, theirs] = [openAccess({ database: db.database, clock }), openAccess({ database: db.database, clock })];
    const { id, key } = await ours.makeKey({ location: "loc1", name: "IDX", role: "agent", by: "somebody" });
    await theirs.authorize(`Bearer ${key}`);
    await ours.revoke("loc1", id, "somebody");
    await expect(ours.authorize(`Bearer ${key}`)).rejects.toMatchObject({ code: "unauthorized" });
    elapsed += 10_001;
    await expect(theirs.authorize(`Bearer ${key}`)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("of the environment is an owner's, everywhere", async () => {
    const access = openAccess({ database: db.database, clock, ownerKey: "environment-key-of-the-owner" });
    expect(await access.authorize("Bearer environment-key-of-the-owner")).toMatchObject({
      role: "owner",
      locations: "*",
    });
  });
});

async function acts(location: string): Promise<string[]> {
  const { rows } = await db.database.transaction([location], (sql) =>
    sql.query<{ act: string }>("select act from audit where location_id = $1 order by audit_id", [location]),
  );
  return rows.map(({ act }) => act);
}

describe("a link of a location", () => {
  test("is named, replaced and removed, each time audited; others and other settings stay", async () => {
    const installations = await open();
    await installations.install({ location: "loc12", by: "somebody" });
    await db.database.transaction(["loc12"], (sql) =>
      sql.query(`update installation set settings = '{"other": 1}' where location_id = 'loc12'`),
    );
    const links = openLinks({ database: db.database, clock });
    await links.set("loc12", "booking", "https://example.com/a", "Tessa");
    await links.set("loc12", "form.buyer_survey", "https://example.com/survey", "Tessa");
    await links.set("loc12", "booking", "https://example.com/b", "Tessa");
    expect(await links.list("loc12")).toEqual({
      booking: "https://example.com/b",
      "form.buyer_survey": "https://example.com/survey",
    });
    expect(await links.remove("loc12", "booking", "Tessa")).toBe(true);
    expect(await links.remove("loc12", "booking", "Tessa")).toBe(false);
    await installations.refresh();
    expect(installations.get("loc12")?.settings).toEqual({
      other: 1,
      links: { "form.buyer_survey": "https://example.com/survey" },
    });
    expect(await acts("loc12")).toEqual(["install", "link_set", "link_set", "link_set", "link_removed"]);
  });

  test.each([
    ["Booking", "https://example.com"],
    ["form", "https://example.com"],
    ["form.last", "https://example.com"],
    ["form.Ask about it", "https://example.com"],
    ["booking", "http://example.com"],
    ["booking", "javascript:alert(1)"],
  ])("cannot be named or lead just anywhere: %s %s", async (name, address) => {
    const links = openLinks({ database: db.database, clock });
    await expect(links.set("loc12", name, address, "Tessa")).rejects.toThrow();
  });
});

describe("a secret of a location", () => {
  const open = () => openSecrets({ database: db.database, seal, clock });

  test("is kept sealed, named but never shown, replaced and removed, each time audited", async () => {
    const secrets = open();
    await secrets.set("loc9", "ENRICH_KEY", "first value", "Tessa");
    await secrets.set("loc9", "ENRICH_KEY", "second value", "Julian");
    expect(await secrets.read("loc9", "ENRICH_KEY")).toBe("second value");
    expect(await secrets.list("loc9")).toMatchObject([{ name: "ENRICH_KEY", setBy: "Julian" }]);
    const { rows } = await db.database.transaction(["loc9"], (sql) => sql.query<object>("select * from secret"));
    expect(JSON.stringify(rows)).not.toContain("second");
    expect(await secrets.remove("loc9", "ENRICH_KEY", "Tessa")).toBe(true);
    expect(await secrets.remove("loc9", "ENRICH_KEY", "Tessa")).toBe(false);
    expect(await secrets.read("loc9", "ENRICH_KEY")).toBeUndefined();
    expect(await acts("loc9")).toEqual(["secret_set", "secret_set", "secret_removed"]);
  });

  test("is nobody else's: not under another name, not of another location, not moved there", async () => {
    const secrets = open();
    await secrets.set("loc10", "KEY", "a value of one", "Tessa");
    expect(await secrets.read("loc11", "KEY")).toBeUndefined();
    await db.database.asOwner((sql) =>
      sql.query("update secret set location_id = 'loc11' where location_id = 'loc10'"),
    );
    await expect(secrets.read("loc11", "KEY")).rejects.toThrow(/LATCHKEY_SECRET/);
  });

  test.each([
    ["1KEY", "long enough"],
    ["A-B", "long enough"],
    ["KEY", "short"],
    ["KEY", "x".repeat(5_000)],
  ])("cannot be named or be just anything: %s", async (name, value) => {
    await expect(open().set("loc9", name, value, "Tessa")).rejects.toThrow();
  });
});

describe("a location's site", () => {
  test("has a key from its first origin on, which finds the location until it is renewed", async () => {
    const installations = await open();
    await installations.install({ location: "loc13", by: "somebody" });
    const sites = openSites({ database: db.database, clock });
    const find = siteFinder(installations);
    expect(await sites.read("loc13")).toEqual({ origins: [] });
    const { key } = await sites.allow("loc13", "https://WWW.example.com/", "Tessa");
    await sites.allow("loc13", "https://example.com", "Tessa");
    await sites.allow("loc13", "https://example.com", "Tessa");
    await installations.refresh();
    const origins = ["https://www.example.com", "https://example.com"];
    expect(find(key as string)).toEqual({ location: "loc13", origins });
    const renewed = await sites.renew("loc13", "Tessa");
    expect(await sites.forbid("loc13", "https://example.com", "Tessa")).toBe(true);
    expect(await sites.forbid("loc13", "https://example.com", "Tessa")).toBe(false);
    await installations.refresh();
    expect(find(key as string)).toBeUndefined();
    expect(find(renewed.key as string)?.origins).toEqual(["https://www.example.com"]);
    expect(find("")).toBeUndefined();
    const done = ["install", "site_allowed", "site_allowed", "site_key_renewed", "site_forbidden"];
    expect(await acts("loc13")).toEqual(done);
  });

  test.each(["example.com", "http://example.com", "https://example.com/path", "javascript:alert(1)", "*", "null"])(
    "lets no %s in",
    async (origin) => {
      await expect(openSites({ database: db.database, clock }).allow("loc13", origin, "Tessa")).rejects.toThrow();
    },
  );
});
