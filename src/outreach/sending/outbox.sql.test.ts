// What a turn sees of the outbox while a sender moves the same rows.

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { Defect } from "../../kernel/errors.ts";
import { idFrom } from "../../kernel/ids.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { OutboxRow } from "../message.ts";
import { insertOutbox, takeOutbox } from "./outbox.ts";
import { type Moved, move } from "./store.ts";

const START = Date.UTC(2026, 2, 2, 17);
const loc = "loc";

const db = databasePerFile();

beforeEach(() => db.database.asOwner((sql) => sql.query("truncate outbox, message, mailbox")));

const inside = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction([loc], work);
const row = (name: string, state: OutboxRow["state"]): OutboxRow => ({
  ...{ id: idFrom(name), location: loc, lead: "ada", kind: "message", lane: "normal", priority: 50, channels: ["sms"] },
  ...{ state, place: 0, attempt: 0, resent: 0, lookups: 0, provider: {}, createdAt: START, body: {} },
});
const moves = (name: string, to: Moved["to"]) =>
  inside((sql) => move(sql, loc, [{ id: idFrom(name), attempt: 0, to }]));

/** Runs each of these after one look at what may be moved. */
function interrupted(sql: Sql, ...between: (() => Promise<unknown>)[]): Sql {
  return {
    async query(text, values) {
      const found = await sql.query(text, values);
      if (text.includes("for update")) await between.shift()?.();
      return found as never;
    },
  };
}

describe("a turn that looks while a sender saves", () => {
  test.each([
    ["queued", "queued"],
    ["refused", "refused"],
    ["undecided", "undecided"],
    ["unconfirmed", "unconfirmed"],
  ] as const)("finds a row that has just become %s", async (to, state) => {
    await inside((sql) => insertOutbox(sql, [{ row: row("one", "sending") }, { row: row("two", "queued") }]));
    const found = await inside(async (sql) => {
      const taken = await takeOutbox(
        interrupted(sql, () => moves("one", to)),
        loc,
        ["ada"],
        [],
      );
      // what it may move nobody else does
      const free = await inside((other) =>
        other.query("select from outbox where location_id = $1 and state <> 'unconfirmed' for update skip locked", [
          loc,
        ]),
      );
      expect(free.rowCount).toBe(0);
      return taken.map(({ row: { id, state: now } }) => [id, now]);
    });
    expect(new Map(found as [string, string][])).toEqual(
      new Map([
        [idFrom("one"), state],
        [idFrom("two"), "queued"],
      ]),
    );
    expect(found).toHaveLength(2);
  });

  test("looks three times, and says so where each time another row was put back", async () => {
    const names = ["one", "two", "three"];
    await inside((sql) =>
      insertOutbox(
        sql,
        names.map((name) => ({ row: row(name, "sending") })),
      ),
    );
    const back = names.map((name) => () => moves(name, "queued"));
    const seen = (times: number) =>
      inside((sql) => takeOutbox(interrupted(sql, ...back.splice(0, times)), loc, ["ada"], []));
    expect(await seen(2)).toHaveLength(3);
    await inside((sql) => sql.query("update outbox set state = 'sending' where location_id = $1", [loc]));
    back.push(
      () => moves("one", "queued"),
      () => moves("two", "queued"),
    );
    await expect(seen(3)).rejects.toThrow(Defect);
  });

  test("leaves alone one that has just been taken, unless an answer names it", async () => {
    await inside((sql) => insertOutbox(sql, [{ row: row("one", "sending") }]));
    const seen = (named: string[]) =>
      inside(async (sql) => {
        const taken = await takeOutbox(
          interrupted(sql, () => moves("one", "accepted")),
          loc,
          ["ada"],
          named,
        );
        return taken.map(({ row: { state } }) => state);
      });
    expect(await seen([])).toEqual([]);
    expect(await seen([idFrom("one")])).toEqual(["accepted"]);
  });
});
