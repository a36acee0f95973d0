import { expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { openPlace } from "../../../test/turns.ts";
import { DAY } from "../../kernel/time.ts";
import { silenceRate } from "./silence.ts";
import { readSilences } from "./store.ts";

const NOON = Date.UTC(2026, 10, 18, 19);
const db = databasePerFile();

test.each(["opportunity.won", "contact.deleted", "contact.merged"])(
  "a silence is told of until %s: who bought, or is gone, has not gone cold",
  async (type) => {
    const { location } = await openPlace(db, NOON);
    const came = NOON - 100 * DAY;
    const days = (...all: number[]) => all.map((day) => new Date(came + day * DAY));
    const read = await db.database.transaction([location], async (sql) => {
      const tell = (lead: string, of: string, at: readonly Date[]) =>
        sql.query(
          `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
           select $1, $2, gen_random_uuid(), $3, at, at, 'test', '{}' from unnest($4::timestamptz[]) as at`,
          [location, lead, of, at],
        );
      for (let n = 0; n < 240; n += 1) {
        await sql.query("insert into lead_state (location_id, lead_id, data) values ($1, $2, $3)", [
          ...[location, `lead${n}`],
          JSON.stringify({ tally: { v: 1, came } }),
        ]);
        const stays = n % 2 === 0;
        // of those who stay, one of twenty was never back
        const all = n % 40 === 0 ? [10] : [10, 20, 30, 40, 50, 60, 70, 80, 90, 99];
        await tell(`lead${n}`, "property_view", days(...(stays ? all : [1, 2])));
        if (!stays) await tell(`lead${n}`, type, days(3));
      }
      return readSilences(sql, location, ["property_view"], { now: NOON });
    });
    expect(silenceRate(5, undefined, read.location)?.value).toBeLessThan(0.05);
  },
);
