import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../test/database.ts";
import { openInstallations, openSeal } from "../tenancy/index.ts";
import { openParting } from "./parting.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const clock = { now: () => NOON, real: () => NOON, elapsed: () => 0 };
const [before, after] = [
  openSeal("a secret of at least thirty-two characters"),
  openSeal("another one, as long as that"),
];
let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const asked: string[] = [];
const oauth = {
  uninstall: async (token: string) => {
    asked.push(token);
    return { outcome: "done", value: undefined } as const;
  },
};
const partFrom = async (location: string, seal: typeof before) => {
  const installations = await openInstallations({ database: db.database, seal, clock });
  const { takeKey, tell } = openParting({ database: db.database, clock, seal, installations, oauth }, location);
  await db.database.transaction([location], takeKey);
  return (await tell("ada")).crm;
};

test("a disconnect goes on where the keys were sealed with another secret: there is none to tell the CRM with", async () => {
  const installations = await openInstallations({ database: db.database, seal: before, clock });
  await installations.install({ location: "own", by: "ada", token: "a token of its own" });
  await installations.install({ location: "app", by: "ada" });
  const access = before.seal("access", "app/app/access");
  await db.database.transaction(["app"], (sql) =>
    sql.query(
      `insert into token (location_id, holder, access, refresh, scopes, issued_at, expires_at, renew_at, number)
       values ('app', 'app', $1, null, '{}', $2, $3, $3, 1)`,
      [access, new Date(NOON), new Date(NOON + 3_600_000)],
    ),
  );
  expect([await partFrom("own", before), await partFrom("own", after)]).toEqual(["integration", "no_key"]);
  expect([await partFrom("app", before), await partFrom("app", after)]).toEqual(["told", "no_key"]);
  expect(asked).toEqual(["access"]);
});
