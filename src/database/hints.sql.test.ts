import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openHints } from "./hints.ts";

const db = databasePerFile();

/** Resolves with everything heard up to and including `last`. */
function hear(hints: ReturnType<typeof openHints>, channel: string) {
  const heard: string[] = [];
  const waiting = new Map<string, () => void>();
  hints.listen(channel, (payload) => {
    heard.push(payload);
    waiting.get(payload)?.();
  });
  const until = (last: string) =>
    heard.includes(last)
      ? Promise.resolve(heard)
      : new Promise<string[]>((resolve) => waiting.set(last, () => resolve(heard)));
  return { heard, until };
}

describe("hints", () => {
  test("reach other processes, and the same one asked for often is told once", async () => {
    const [one, two] = [openHints({ url: db.url }), openHints({ url: db.url })];
    const { until } = hear(two, "latchkey_work");
    await until(""); // it listens now
    for (let n = 0; n < 50; n++) one.notify("latchkey_work", "loc1");
    one.notify("latchkey_work", "last");
    expect((await until("last")).filter((payload) => payload === "loc1")).toHaveLength(1);
    await Promise.all([one.close(), two.close()]);
  });

  test("are heard also by who asks once the connection stands, with a word that some may have been missed", async () => {
    const hints = openHints({ url: db.url });
    await hear(hints, "latchkey_work").until("");
    const later = hear(hints, "latchkey_mail");
    await later.until("");
    await db.database.asOwner((sql) => sql.query("select pg_notify('latchkey_mail', 'afterwards')"));
    expect(await later.until("afterwards")).toEqual(["", "afterwards"]);
    await hints.close();
  });

  test("are heard again after the connection was cut, with a word that some may have been missed", async () => {
    const hints = openHints({ url: db.url });
    const { heard, until } = hear(hints, "latchkey_work");
    await until("");
    heard.length = 0;
    await db.database.asOwner((sql) =>
      // of this file's database alone: others share the server
      sql.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'latchkey hints' and datname = current_database()`,
      ),
    );
    await until("");
    await db.database.asOwner((sql) => sql.query("select pg_notify('latchkey_work', 'afterwards')"));
    expect(await until("afterwards")).toContain("afterwards");
    await hints.close();
  });

  test("are not told to the one who said them, who knows", async () => {
    const hints = openHints({ url: db.url });
    const { heard, until } = hear(hints, "latchkey_work");
    await until("");
    hints.notify("latchkey_work", "mine");
    await db.database.asOwner((sql) => sql.query("select pg_notify('latchkey_work', 'theirs')"));
    await until("theirs");
    hints.notify("latchkey_work", "mine too");
    await db.database.asOwner((sql) => sql.query("select pg_notify('latchkey_work', 'last')"));
    await until("last");
    expect(heard).not.toContain("mine");
    await hints.close();
  });
});
