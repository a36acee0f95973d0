import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { senderAt } from "../../test/sending.ts";
import { placePerTest } from "../../test/turns.ts";
import { openDatabase } from "../database/index.ts";
import { insertMail } from "../events/index.ts";
import type { FactMap } from "../kernel/facts.ts";
import type { Database } from "../kernel/sql.ts";
import { HOUR, SECOND } from "../kernel/time.ts";
import { leadOfUnsettled, type SendResult } from "../outreach/index.ts";
import type { LeadCase, Scene, TurnOutcome } from "./case.ts";
import { decideTurn } from "./decide.ts";
import { startTurns, unparkLead, type WorkerParts } from "./index.ts";

const HELLO = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: email }, { id: rest, wait: 2d } ]
---
templates: { hi: { email: { subject: Hello, body: Welcome } } }
`;

const db = databasePerFile();
const place = placePerTest(db);
let failures: FactMap["lead_failed"][];

beforeEach(async () => {
  failures = [];
  place.facts.on("lead_failed", (fact) => failures.push(fact));
});

const leads = (count: number) => Array.from({ length: count }, (_, index) => `lead${String(index).padStart(3, "0")}`);
const visit = (lead: string) => ({ lead, type: "website_visit", data: { url: "/" } });
const mailOf = async (lead?: string) =>
  (await place.rows<{ lead: string }>("select lead_id as lead from mailbox where location_id = $1 order by seq"))
    .map((row) => row.lead)
    .filter((one) => lead === undefined || one === lead);
const turnOf = async (lead: string) => {
  const rows = await place.rows<{
    lead: string;
    turn: number;
    failures: number;
    due: number | null;
    parked: number | null;
    why: string | null;
  }>(
    `select lead_id as lead, turn, failures, due_at as due, parked_at as parked, parked_why as why from lead_turn where location_id = $1`,
  );
  return rows.find((row) => row.lead === lead);
};
const messageOf = async (lead: string) =>
  (
    await place.rows<{ lead: string; state: string }>(
      "select lead_id as lead, state from outbox where location_id = $1",
    )
  ).find((row) => row.lead === lead)?.state;

const set = async (change: string): Promise<void> => {
  await db.database.transaction([place.location], (sql) =>
    sql.query(`update outbox set ${change} where location_id = $1`, [place.location]),
  );
};

/** Each end is a process of its own. */
const another = (number: number): WorkerParts["process"] => ({ worker: `ended ${number}`, host: "here", pid: number });

/** A decider that has a bug about one lead. */
const failingFor =
  (lead: string) =>
  (found: LeadCase, scene: Scene): TurnOutcome => {
    if (found.id === lead) throw new Error("the decider has a bug");
    return decideTurn(found, scene);
  };

describe("a batch", () => {
  test("decides every lead that has mail, saves what follows, and deletes the mail it read", async () => {
    await place.publish(HELLO);
    await place.introduce(...leads(5));
    expect(await place.run()).toBe(5);
    expect(await mailOf()).toEqual([]);
    expect(await messageOf("lead003")).toBe("queued");
    expect(await turnOf("lead003")).toMatchObject({ turn: 1, failures: 0, due: expect.any(Number) });
    expect(await place.run()).toBe(0);
  });

  test("leaves a letter that came while it was deciding", async () => {
    await place.introduce("ada");
    const parts = place.parts();
    const { scenes } = parts;
    await place.run({
      scenes: {
        ...scenes,
        // asked after the mail was read and before the turn is saved
        async loadPlans() {
          await place.mail(visit("ada"));
        },
      },
    });
    expect(await mailOf()).toEqual(["ada"]);
    expect(await place.run()).toBe(1);
    expect(await turnOf("ada")).toMatchObject({ turn: 2 });
  });

  test("takes the leads behind those that another holds, and leaves the held ones their mail", async () => {
    await place.introduce(...leads(6));
    await db.database.transaction([place.location], async (sql) => {
      await sql.query("select from lead_turn where location_id = $1 and lead_id = any($2::text[]) for update", [
        place.location,
        leads(3),
      ]);
      expect(await place.run({}, { limit: 3 })).toBe(3);
    });
    expect(await mailOf()).toEqual(leads(3));
  });

  test("counts what its leads have in common in one row, and each lead in its sum", async () => {
    await place.introduce(...leads(4));
    await place.run();
    const counted = await place.rows<{ dimension: string; amount: number }>(
      "select dimension, amount from insight_delta where location_id = $1 and metric = 'event' and dimension = 'crm.contact'",
    );
    expect(counted).toEqual([{ dimension: "crm.contact", amount: 4 }]);
  });

  test("that is abandoned leaves mail and leads as they were", async () => {
    await place.publish(HELLO);
    await place.introduce("ada");
    const abandoned: Database = {
      transaction: (scope, work) =>
        db.database.transaction(scope, async (sql) => {
          await work(sql);
          throw new Error("the connection is gone");
        }),
    };
    await expect(place.run({ database: abandoned })).rejects.toThrow("gone");
    expect(await mailOf()).toEqual(["ada"]);
    expect(await messageOf("ada")).toBeUndefined();
    await place.run();
    expect(await turnOf("ada")).toMatchObject({ turn: 1 });
    expect(await messageOf("ada")).toBe("queued");
  });
});

describe("a lead whose turn throws", () => {
  test("fails alone, backs off 1, 2, 4 and 8 s, and is parked at the fifth failure with its messages held", async () => {
    await place.publish(HELLO);
    await place.introduce("ada", "ben", "cy");
    await place.run();
    await place.mail(visit("ada"), visit("ben"), visit("cy"));
    const began = place.clock.at;
    const waits: number[] = [];
    for (let failure = 1; failure <= 5; failure += 1) {
      await place.run({ decide: failingFor("ben") });
      const row = await turnOf("ben");
      expect(row?.failures).toBe(failure);
      // too early it is not looked at again
      expect(await place.run({ decide: failingFor("ben") })).toBe(0);
      waits.push(((row?.due as number) - place.clock.at) / SECOND);
      place.clock.at = row?.due as number;
    }
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(place.clock.at - began).toBeGreaterThanOrEqual(15 * SECOND);
    expect(await turnOf("ben")).toMatchObject({ parked: expect.any(Number), why: "Error: the decider has a bug" });
    expect(failures.at(-1)).toMatchObject({ lead: "ben", failures: 5, parked: true });
    expect(await messageOf("ben")).toBe("held");
    expect(await messageOf("ada")).toBe("queued");
    expect([await mailOf(), (await turnOf("ada"))?.turn, (await turnOf("cy"))?.turn]).toEqual([["ben"], 2, 2]);
    expect(await place.run()).toBe(0);
  });

  test("goes on after a retry, its messages too", async () => {
    await place.publish(HELLO);
    await place.introduce("ben");
    await place.run();
    await place.mail(visit("ben"));
    for (let failure = 1; failure <= 5; failure += 1) {
      await place.run({ decide: failingFor("ben") });
      place.clock.at += 20 * SECOND;
    }
    const { location, clock } = place;
    await db.database.transaction([location], async (sql) => {
      expect(await unparkLead(sql, location, "ben", clock.at)).toBe(true);
      const body = { type: "retry", by: "Ana" } as const;
      await insertMail(sql, [{ location, lead: "ben", kind: "command", receivedAt: clock.at, body }]);
    });
    expect(await place.run()).toBe(1);
    expect(await turnOf("ben")).toMatchObject({ turn: 2, failures: 0, parked: null });
    expect([await mailOf(), await messageOf("ben")]).toEqual([[], "queued"]);
  });

  test("does not hide the mail of others behind its own, however little is looked at", async () => {
    await place.introduce("ben");
    for (let failure = 1; failure <= 5; failure += 1) {
      await place.run({ decide: failingFor("ben") });
      place.clock.at += 20 * SECOND;
    }
    await place.mail(...Array.from({ length: 40 }, () => visit("ben")));
    await place.introduce("ada");
    expect(await place.run({}, { limit: 1 })).toBe(1);
    expect(await turnOf("ada")).toMatchObject({ turn: 1 });
  });
});

describe("a message that nobody could settle", () => {
  test("is settled by the command of a person, who finds its lead by the message", async () => {
    await place.publish(HELLO);
    await place.introduce("ada");
    await place.run();
    const { location, clock } = place;
    const [row] = await place.rows<{ id: string }>("select outbox_id as id from outbox where location_id = $1");
    const id = row?.id as string;
    await db.database.transaction([location], async (sql) => {
      expect(await leadOfUnsettled(sql, location, id)).toBeUndefined();
      await sql.query("update outbox set state = 'unconfirmed' where location_id = $1", [location]);
      expect(await leadOfUnsettled(sql, location, id)).toBeUndefined();
      await sql.query("update outbox set state = 'undecided' where location_id = $1", [location]);
      const lead = (await leadOfUnsettled(sql, location, id)) as string;
      const body = { type: "settle", outbox: id, as: "sent", by: "Ana" } as const;
      await insertMail(sql, [{ location, lead, kind: "command", receivedAt: clock.at, body }]);
    });
    await place.run();
    expect(await messageOf("ada")).toBe("accepted");
    const [run] = await place.rows<{ path: string }>("select path from run where location_id = $1");
    expect(run?.path).toBe("rest");
  });
});

describe("a message whose hold ends while it is being looked up", () => {
  test("counts as sent, and keeps the ids under which the look-up finds it in that moment", async () => {
    await place.publish(HELLO.replace("via: email", "via: email, hold: 1h"));
    await place.introduce("ada");
    await place.run();
    await set("state = 'unconfirmed'");
    place.clock.at += HOUR;
    const { scenes } = place.parts();
    const loadPlans = () => set("state = 'accepted', provider_id = 'found'");
    await place.run({ scenes: { ...scenes, loadPlans } });
    expect(await place.rows("select state, provider_id as provider from outbox where location_id = $1")).toEqual([
      { state: "accepted", provider: "found" },
    ]);
  });
});

describe("a message that is put off after a turn has seen it on its way", () => {
  test("expires at the end of its hold all the same", async () => {
    await place.publish(HELLO.replace("via: email", "via: email, hold: 1h"));
    await place.introduce("ada");
    await place.run();
    const send = async (): Promise<SendResult> => {
      await place.mail(visit("ada"));
      await place.run();
      return { result: "deferred", retryAt: Date.now() + HOUR, detail: "", cause: "forbidden" };
    };
    await senderAt(place, {}, { channels: { email: { name: "email", send } } }).pass(place.location);
    expect([await messageOf("ada"), (await turnOf("ada"))?.turn]).toEqual(["queued", 2]);
    place.clock.at += HOUR;
    expect(await place.run()).toBe(1);
    expect(await messageOf("ada")).toBe("expired");
    expect(await place.rows("select path from run where location_id = $1")).toEqual([{ path: "rest" }]);
  });
});

describe("a message that is still on its way as its hold ends", () => {
  test("gets its lead one turn, and the next once its sender must have saved it", async () => {
    await place.publish(HELLO.replace("via: email", "via: email, hold: 1h"));
    await place.introduce("ada");
    await place.run();
    await set("state = 'sending'");
    await place.mail(visit("ada"));
    await place.run();
    place.clock.at += HOUR;
    let turns = 0;
    for (let second = 0; second < 20; second += 1) {
      turns += await place.run();
      place.clock.at += SECOND;
    }
    expect([turns, await messageOf("ada")]).toEqual([1, "sending"]);
    await set("state = 'queued'");
    place.clock.at += 10 * SECOND;
    expect([await place.run(), await messageOf("ada")]).toEqual([1, "expired"]);
  });
});

describe("a message that is on its way as its run ends", () => {
  const IN_FLIGHT = HELLO.replace("steps:", "exit: [{ when: website_visit, reason: they look }]\nsteps:");
  const answered = async (answer: SendResult, more: Parameters<typeof senderAt>[2] = {}) => {
    await place.publish(IN_FLIGHT);
    await place.introduce("ada");
    await place.run();
    const send = async (): Promise<SendResult> => {
      await place.mail(visit("ada"));
      await place.run();
      return answer;
    };
    const sender = senderAt(place, {}, { channels: { email: { name: "email", send } }, ...more });
    await sender.pass(place.location);
    await place.run();
    return sender;
  };
  const last = async () =>
    (
      await place.rows(
        "select verdict from decision where location_id = $1 and kind = 'message' order by turn desc limit 1",
      )
    )[0];

  test("does not leave again where the CRM puts it off, and Why says so", async () => {
    await answered({ result: "deferred", retryAt: Date.now() + HOUR, detail: "", cause: "forbidden" });
    expect([await messageOf("ada"), await last()]).toEqual(["withdrawn", { verdict: "withdrawn" }]);
  });

  test("nor where no look-up finds it", async () => {
    const sender = await answered(
      { result: "unconfirmed", detail: "no answer" },
      { lookup: async () => ({ found: "none" }) },
    );
    expect(await messageOf("ada")).toBe("unconfirmed");
    for (let looked = 0; looked < 3; looked += 1) {
      await set("deadline = attempted_at");
      await sender.pass(place.location);
    }
    expect(await messageOf("ada")).toBe("withdrawn");
  });

  test("is sent where the CRM takes it", async () => {
    await answered({ result: "accepted", provider: { messageId: "taken" } });
    expect([await messageOf("ada"), await last()]).toEqual(["accepted", { verdict: "sent" }]);
  });

  test("is withdrawn at once where the sender puts it back while the turn decides", async () => {
    await place.publish(IN_FLIGHT);
    await place.introduce("ada");
    await place.run();
    await set("state = 'sending'");
    await place.mail(visit("ada"));
    const loadPlans = () => set("state = 'queued'");
    await place.run({ scenes: { ...place.parts().scenes, loadPlans } });
    expect(await messageOf("ada")).toBe("withdrawn");
  });
});

describe("a statement that fails", () => {
  test("is found by halves, and only its lead fails", async () => {
    await place.publish(HELLO);
    await place.introduce(...leads(21));
    const bad = "lead013";
    const decide: WorkerParts["decide"] = (found, scene) => {
      const outcome = decideTurn(found, scene);
      if (found.id !== bad) return outcome;
      return { ...outcome, decisions: outcome.decisions.map((decision) => ({ ...decision, id: "not an id" })) };
    };
    const saved: string[] = [];
    await place.run({ decide, saved: (_, outcomes) => saved.push(...outcomes.map(({ lead }) => lead.id)) });
    expect(saved.sort()).toEqual(leads(21).filter((lead) => lead !== bad));
    expect(await mailOf()).toEqual([bad]);
    expect(failures).toMatchObject([{ lead: bad, failures: 1, parked: false }]);
    expect(await messageOf("lead012")).toBe("queued");
    expect(await messageOf(bad)).toBeUndefined();
    expect(await turnOf(bad)).toMatchObject({ turn: 0, failures: 1 });
  });
});

describe("a lead that ends the process", () => {
  test("is named each time before it is decided, and parked at the third end; others are not", async () => {
    await place.publish(HELLO);
    await place.introduce("ben");
    const ending = place.parts().scenes;
    const dead = { ...ending, open: () => Promise.reject(new Error("the process ended")) };
    for (let end = 1; end <= 3; end += 1) {
      await expect(place.run({ scenes: dead, process: another(end) }, { limit: 1, cautious: true })).rejects.toThrow(
        "ended",
      );
    }
    expect((await turnOf("ben"))?.parked).toBeNull();
    await place.introduce("ada");
    await place.run({}, { limit: 1, cautious: true });
    await place.run({}, { limit: 1, cautious: true });
    expect(await turnOf("ben")).toMatchObject({
      parked: expect.any(Number),
      why: "its turn ended the process 3 times",
    });
    expect(await turnOf("ada")).toMatchObject({ turn: 1, parked: null });
    expect(await place.rows("select * from suspect where location_id = $1")).toEqual([]);
  });

  test("twice by chance is forgiven once its turn is over", async () => {
    await place.introduce("ben");
    const dead = { ...place.parts().scenes, open: () => Promise.reject(new Error("the process ended")) };
    for (let end = 1; end <= 2; end += 1) {
      await expect(place.run({ scenes: dead, process: another(end) }, { limit: 1, cautious: true })).rejects.toThrow(
        "ended",
      );
    }
    await place.run({}, { limit: 1, cautious: true });
    expect(await turnOf("ben")).toMatchObject({ turn: 1, parked: null });
    expect(await place.rows("select * from suspect where location_id = $1")).toEqual([]);
  });
});

describe("a lead that was named, and ended nothing", () => {
  test("leaves no name behind when another worker has taken its mail", async () => {
    await place.introduce("ben");
    const { scenes } = place.parts();
    const open: typeof scenes.open = async (...asked) => {
      await db.database.transaction([place.location], (sql) =>
        sql.query("delete from mailbox where location_id = $1", [place.location]),
      );
      return scenes.open(...asked);
    };
    expect(await place.run({ scenes: { ...scenes, open } }, { limit: 1, cautious: true })).toBe(0);
    expect(await place.rows("select * from suspect where location_id = $1")).toEqual([]);
  });

  test("is not blamed for transactions that its own process lost", async () => {
    await place.introduce("ben");
    const lost = { ...place.parts().scenes, open: () => Promise.reject(new Error("the connection is gone")) };
    for (let time = 1; time <= 4; time += 1) {
      await expect(place.run({ scenes: lost, process: another(1) }, { limit: 1, cautious: true })).rejects.toThrow(
        "gone",
      );
    }
    await place.run({ process: another(1) }, { limit: 1, cautious: true });
    expect(await turnOf("ben")).toMatchObject({ turn: 1, parked: null });
  });
});

describe("two workers over one database", () => {
  test("decide thousands of letters to hundreds of leads, each exactly once", async () => {
    const other = await openDatabase({ url: db.url, applicationName: "latchkey test 2", max: 6 });
    const names = leads(300);
    const loops: string[] = [];
    place.facts.on("loop_failed", ({ reason }) => loops.push(reason));
    await place.introduce(...names);
    const workers = [startTurns(place.parts(), { lanes: 2 }), startTurns(place.parts({}, other), { lanes: 2 })];
    try {
      for (let wave = 0; wave < 10; wave += 1) {
        await place.mail(...names.map(visit));
        for (const worker of workers) worker.hint([place.location]);
      }
      await until(async () => (await mailOf()).length === 0);
    } finally {
      for (const worker of workers) await worker.close();
      await other.close();
    }
    const decided = await place.rows<{ event: string; lead: string; turn: number }>(
      `select input ->> 'event' as event, lead_id as lead, turn
         from turn, jsonb_array_elements(inputs) as input
        where location_id = $1 and input ? 'event'`,
    );
    expect(decided).toHaveLength(3_300);
    expect(new Set(decided.map(({ event }) => event)).size).toBe(3_300);
    const numbers = await place.rows<{ turns: number; last: number }>(
      `select count(distinct u.turn)::int as turns, max(t.turn) as last
         from turn as u join lead_turn as t using (location_id, lead_id)
        where location_id = $1 group by lead_id`,
    );
    expect(numbers.every(({ turns, last }) => turns === last)).toBe(true);
    expect([loops, failures]).toEqual([[], []]);
  });
});

describe("a lead of whom only the id is known", () => {
  test("waits for its introduction once, and is decided without it when nobody answers", async () => {
    const asked: string[] = [];
    const introduce: WorkerParts["introduce"] = (_, found) => void asked.push(...found);
    await place.mail(visit("ada"));
    await place.run({ introduce });
    expect([asked, await mailOf()]).toEqual([["ada"], ["ada"]]);
    place.clock.at += 9 * SECOND;
    expect(await place.run({ introduce })).toBe(0);
    place.clock.at += SECOND;
    expect(await place.run({ introduce })).toBe(1);
    expect(await turnOf("ada")).toMatchObject({ turn: 1, failures: 0 });
    await place.mail(visit("ada"));
    await place.run({ introduce });
    expect(await turnOf("ada")).toMatchObject({ turn: 2 });
    expect(asked).toEqual(["ada"]);
  });

  test("is decided at once with its introduction when that is in the same mail", async () => {
    const asked: string[] = [];
    await place.mail(visit("ada"));
    await place.introduce("ada");
    await place.run({ introduce: (_, found) => void asked.push(...found) });
    expect([asked, (await turnOf("ada"))?.turn]).toEqual([[], 1]);
  });
});

const until = (holds: () => Promise<boolean>) => expect.poll(holds).toBe(true);
