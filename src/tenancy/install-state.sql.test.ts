import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { MINUTE } from "../kernel/time.ts";
import { openInstallStates } from "./install-state.ts";
import type { Principal } from "./installation.ts";

const db = databasePerFile();

let real = Date.parse("2026-03-02T12:00:00Z");
const ana: Principal = { id: "u1", name: "Ana Ruiz", role: "owner", locations: ["loc1"] };
const open = (secret = "a secret of at least thirty-two characters") =>
  openInstallStates({ database: db.database, clock: { real: () => real }, secret, secure: true });
/** What a browser sends back of a `Set-Cookie`. */
const sent = (cookie: string) => cookie.split(";")[0];

describe("an install that somebody began", () => {
  test("comes back to its browser, and says who began it, in any process", async () => {
    const { state, cookie } = await open().begin(ana);
    expect(await open().finish(`other=1; ${sent(cookie)}`, state)).toEqual(ana);
  });

  test("is in a cookie that no script reads and no other site's form brings", async () => {
    const { cookie } = await open().begin(ana);
    expect(cookie).toMatch(/; Path=\/oauth; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/);
  });

  test("comes back once, also to two processes at once", async () => {
    const { state, cookie } = await open().begin(ana);
    const both = await Promise.all([open().finish(sent(cookie), state), open().finish(sent(cookie), state)]);
    expect(both.filter((who) => who !== undefined)).toEqual([ana]);
    expect(await open().finish(sent(cookie), state)).toBeUndefined();
  });

  test("comes back within ten minutes", async () => {
    const { state, cookie } = await open().begin(ana);
    real += 10 * MINUTE;
    expect(await open().finish(sent(cookie), state)).toBeUndefined();
  });

  test("does not come back to another browser, with another state, or forged", async () => {
    const states = open();
    const { state, cookie } = await states.begin(ana);
    const other = await states.begin(ana);
    expect(await states.finish(undefined, state)).toBeUndefined();
    expect(await states.finish(sent(cookie), other.state)).toBeUndefined();
    expect(await states.finish(`latchkey_install=${state}.AAAA`, state)).toBeUndefined();
    const forged = (await open("another secret, of thirty-two and more").begin(ana)).cookie;
    expect(await states.finish(sent(forged), sent(forged)?.split(/[=.]/)[1] ?? "")).toBeUndefined();
    // none of that has used it up
    expect(await states.finish(sent(cookie), state)).toEqual(ana);
  });

  test("that goes no way through the CRM needs no cookie, and is taken once, within its time", async () => {
    const { state } = await open().begin(ana);
    expect(await open().take(state)).toEqual(ana);
    expect(await open().take(state)).toBeUndefined();
    const late = await open().begin(ana);
    real += 10 * MINUTE;
    expect(await open().take(late.state)).toBeUndefined();
  });

  test("lies in the database as a hash", async () => {
    const { state } = await open().begin(ana);
    const { rows } = await db.database.transaction(["_app"], (sql) =>
      sql.query<{ text: string }>("select s::text as text from install_state as s where location_id = '_app'"),
    );
    expect(rows.map(({ text }) => text).join()).not.toContain(state);
  });
});
