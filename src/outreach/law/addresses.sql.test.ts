import { expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { idFrom } from "../../kernel/ids.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { AddressChange } from "../message.ts";
import { saveAddressChanges } from "./addresses.ts";
import { BY_START_ELSEWHERE } from "./causes.ts";

const db = databasePerFile();
const within = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction(["loc1"], work);

/** Somebody else's transaction, begun and committed once the first statement of this one that locks has been answered. */
const interrupted = (sql: Sql, other: () => Promise<unknown>): Sql => ({
  async query(text, values) {
    const answer = await sql.query<never>(text, values);
    if (text.includes("for update")) await other();
    return answer;
  },
});

test.each<[string, Pick<AddressChange, "takes" | "goOn">]>([
  ["START", { takes: { kinds: BY_START_ELSEWHERE, at: 5 } }],
  ["a person's word to go on", { goOn: true }],
])("%s at a number of which nothing is known leaves a STOP that is heard there meanwhile", async (which, said) => {
  const about = { family: "phone", hash: idFrom(which) } as const;
  const change: AddressChange = { ...about, ...said };
  const stopped: AddressChange = { ...about, optedOutAt: 9, optOut: { by: "words", event: "e1" } };
  const stop = () => within((sql) => saveAddressChanges(sql, "loc1", [stopped], "key"));
  await within((sql) => saveAddressChanges(interrupted(sql, stop), "loc1", [change], "key"));
  const { rows } = await within((sql) =>
    sql.query(`select opted_out_at as "at", opt_out as "why" from address where address_hash = $1`, [about.hash]),
  );
  expect(rows).toEqual([{ at: 9, why: { by: "words", event: "e1" } }]);
});
