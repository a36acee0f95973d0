import { afterEach, describe, expect, test } from "vitest";
import { readFlags } from "../flags.ts";
import { openSimulator, type Simulator } from "../simulator.ts";
import { contactFault, FaultPlan, requestFault } from "./faults.ts";

const open: Simulator[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

type Plan = Partial<FaultPlan>;

/** A CRM with one contact, and what a sender sees of it. */
async function broken(plan: Plan, lead = "maya") {
  const simulator = await openSimulator(
    readFlags(["--no-town", "--token", "test-token", "--seed", "1", "--faults", JSON.stringify(plan)]),
  );
  open.push(simulator);
  const { crm, ready } = simulator;
  crm.createContact({ firstName: "Maya", phone: "+12125550101", email: "maya@example.com" }, { id: lead });
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(`${ready.url}${path}`, {
      method,
      headers: { "content-type": "application/json", authorization: "Bearer test-token", version: "v3" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const text = () => ask("POST", "/conversations/messages", { type: "SMS", contactId: lead, message: "Hello" });
  /** The status, or `broken` where no whole answer came. */
  const told = async (request: Promise<Response>) => {
    try {
      const answer = await request;
      await answer.text();
      return answer.status;
    } catch {
      return "broken";
    }
  };
  return { crm, ask, text, told, taken: () => crm.ledger.entries.length };
}

describe("a fault of every request", () => {
  const said: Record<string, [number | "broken", boolean]> = {
    throttle: [429, false],
    throttleDaily: [429, false],
    unauthorized: [401, false],
    forbidden: [403, false],
    ramp: [422, false],
    unknownProperty: [422, false],
    quoting: [422, false],
    failBefore: [500, false],
    resetBefore: ["broken", false],
    failAfter: [500, true],
    drop: ["broken", true],
    truncated: ["broken", true],
    unreadable: [200, true],
    refusedAfter: [422, true],
  };
  test.each(Object.entries(said))("%s answers as it says, and has done what it says", async (name, [status, done]) => {
    const { text, told, taken } = await broken({ [name]: 1 });
    expect(await told(text())).toBe(status);
    expect(taken()).toBe(done ? 1 : 0);
  });

  test("hides nothing that was really refused", async () => {
    const { crm, ask, text, told } = await broken({ drop: 1 });
    await ask("GET", "/contacts/maya");
    crm.updateContact(crm.contacts.get("maya") as never, { dnd: true } as never);
    expect(await told(text())).toBe(400);
  });

  test("of sends leaves look-ups alone; of writes also notes; of all even look-ups", async () => {
    for (const [on, note, look] of [
      ["messages", 201, 200],
      ["writes", 500, 200],
      ["all", 500, 500],
    ] as const) {
      const { ask, told } = await broken({ on, failBefore: 1 });
      expect(await told(ask("POST", "/contacts/maya/notes", { body: "Seen" }))).toBe(note);
      expect(await told(ask("GET", "/contacts/maya"))).toBe(look);
    }
  });
});

describe("time", () => {
  test("the day's limit says when to come back", async () => {
    const { text } = await broken({ throttleDaily: 1 });
    const { headers } = await text();
    expect([headers.get("x-ratelimit-daily-remaining"), headers.get("retry-after")]).toEqual(["0", "1"]);
  });

  test("a skewed clock shows in its Date header and in its stamps", async () => {
    const { ask, crm, text } = await broken({ skewMs: 300_000 });
    const sent = await text();
    const { messageId } = (await sent.json()) as { messageId: string };
    const now = Date.now();
    expect(Date.parse(sent.headers.get("date") ?? "")).toBeGreaterThan(now + 290_000);
    const shown = (await (await ask("GET", `/conversations/messages/${messageId}`)).json()) as { dateAdded: string };
    expect(Date.parse(shown.dateAdded)).toBeGreaterThan(now + 290_000);
    expect(crm.messages.get(messageId)?.at).toBeLessThanOrEqual(now);
  });

  test("what is fresh is found once the lag is over, whatever the clock says", async () => {
    const { ask, text } = await broken({ lagMs: 60_000, skewMs: -300_000 });
    await text();
    const found = await ask("GET", "/conversations/search?locationId=simlocation0000000001&contactId=maya");
    expect(((await found.json()) as { conversations: unknown[] }).conversations).toEqual([]);
  });
});

describe("what is wrong with a contact", () => {
  test("is wrong for every request about it: gone is 404 everywhere", async () => {
    const { ask, text, told, taken } = await broken({ contacts: { gone: 1, dnd: 0, badNumber: 0 } });
    expect(await told(text())).toBe(404);
    expect(await told(ask("GET", "/contacts/maya"))).toBe(404);
    expect(await told(ask("POST", "/contacts/maya/tags", { tags: ["hot"] }))).toBe(404);
    expect(taken()).toBe(0);
  });

  test("do-not-disturb and a bad number are refused with 422; a mail does not need the number", async () => {
    const dnd = await broken({ contacts: { gone: 0, dnd: 1, badNumber: 0 } });
    expect(await dnd.told(dnd.text())).toBe(422);
    const bad = await broken({ contacts: { gone: 0, dnd: 0, badNumber: 1 } });
    expect(await bad.told(bad.text())).toBe(422);
    const mail = { type: "Email", contactId: "maya", subject: "Hello", html: "Hello" };
    expect(await bad.told(bad.ask("POST", "/conversations/messages", mail))).toBe(200);
  });
});

describe("chances", () => {
  const plan = FaultPlan.parse({ throttle: 0.1, drop: 0.2, failBefore: 0.05 });
  const send = { isSend: true, isWrite: true };

  test("add up, are the same for the same seed, and others for another", () => {
    const draws = (seed: number) => Array.from({ length: 20_000 }, (_, n) => requestFault(plan, seed, n, send));
    const share = (name: string) => draws(1).filter((fault) => fault === name).length / 20_000;
    expect(share("throttle")).toBeCloseTo(0.1, 1);
    expect(share("drop")).toBeCloseTo(0.2, 1);
    expect(share("failBefore")).toBeCloseTo(0.05, 1);
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
  });

  test("of contacts are drawn once for each", () => {
    const some = FaultPlan.parse({ contacts: { gone: 0.5 } });
    const of = (n: number) => contactFault(some, 1, `lead-${n}`);
    expect(of(3)).toBe(of(3));
    expect(new Set(Array.from({ length: 50 }, (_, n) => of(n))).size).toBe(2);
  });
});
