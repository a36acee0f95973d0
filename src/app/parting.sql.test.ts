import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openInstallations, openSeal } from "../tenancy/index.ts";
import { openParting } from "./parting.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const clock = { now: () => NOON, real: () => NOON, elapsed: () => 0 };
const [before, after] = [
  openSeal("a secret of at least thirty-two characters"),
  openSeal("another one, as long as that"),
];
const db = databasePerFile();

const asked: string[] = [];
const oauth = {
  uninstall: async (token: string) => {
    asked.push(token);
    return { outcome: "done", value: undefined } as const;
  },
};
const partFrom = async (location: string, seal: typeof before) => {
  const installations = await openInstallations({ database: db.database, seal, clock });
  const { takeKey, tell } = openParting({ clock, seal, installations, oauth }, location);
  await db.database.transaction([location], takeKey);
  return (await tell()).crm;
};

const keyOf = (location: string) =>
  db.database.transaction([location], (sql) =>
    sql.query(
      `insert into token (location_id, holder, access, refresh, scopes, issued_at, expires_at, renew_at, number)
       values ($1, $1, $2, null, '{}', $3, $4, $4, 1)`,
      [location, before.seal("access", `${location}/${location}/access`), new Date(NOON), new Date(NOON + 3_600_000)],
    ),
  );
const audited = async (location: string) =>
  (
    await db.database.transaction([location], (sql) =>
      sql.query("select who, act, data from audit where location_id = $1 and act like 'uninstall%'", [location]),
    )
  ).rows;

test("a disconnect is audited with what it was, before the CRM is told; what the CRM then makes of it needs no database", async () => {
  const installations = await openInstallations({ database: db.database, seal: before, clock });
  await installations.install({ location: "told", by: "ada" });
  await keyOf("told");
  const oauth = { uninstall: async () => ({ outcome: "unknown", detail: "cut off" }) as const };
  const { takeKey, tell } = openParting({ clock, seal: before, installations, oauth }, "told");
  await installations.uninstall("told", "ada", { why: "disconnected", also: takeKey });
  const lines = [{ who: "ada", act: "uninstall", data: { crm: "asked" } }];
  expect(await audited("told")).toEqual(lines);
  expect(await tell()).toMatchObject({ crm: "unanswered", says: expect.stringContaining("did not answer") });
  expect(await audited("told")).toEqual(lines);
});

test("a disconnect goes on where the keys were sealed with another secret: there is none to tell the CRM with", async () => {
  const installations = await openInstallations({ database: db.database, seal: before, clock });
  await installations.install({ location: "own", by: "ada", token: "a token of its own" });
  await installations.install({ location: "app", by: "ada" });
  await keyOf("app");
  expect([await partFrom("own", before), await partFrom("own", after)]).toEqual(["integration", "no_key"]);
  expect([await partFrom("app", before), await partFrom("app", after)]).toEqual(["told", "no_key"]);
  expect(asked).toEqual(["access"]);
});
