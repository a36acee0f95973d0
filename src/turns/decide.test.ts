import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../test/seeded.ts";
import {
  eventAt,
  introduced,
  NOON,
  type Played,
  play,
  published,
  type Sent,
  sceneOf,
  viewed,
  wrote,
} from "../../test/turn.ts";
import type { Command } from "../events/index.ts";
import { sha256 } from "../kernel/ids.ts";
import { canonicalJson } from "../kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../kernel/time.ts";
import { addressesOf, addressKey, askedBy } from "../outreach/index.ts";
import { decideTurn } from "./decide.ts";
import type { TurnOutcome } from "./index.ts";
import { heardOf } from "./scene.ts";

const TEMPLATES = `
templates:
  hi:
    sms: "Hi {{ contact.first_name | default: 'there' }}"
    email: { subject: Hello, body: Welcome }
  more: { sms: "Anything I can do?" }
`;
const SPIKE = `
triggers:
  engagement_spike:
    name: Engagement spike
    when: { behavior.property_view: { count: 3, within: 24h } }
    cooldown: 24h
`;
const HELLO = `
workflow: hello
enroll: { when: contact.created }
steps:
  - id: hi
    send: hi
    via: [sms, email]
    hold: 12h
    if_blocked: [ { id: by_hand, task: "Find {{ contact.name }}", to: owner, due: 1d } ]
    if_expired: [ { id: too_late, tag: late } ]
  - { id: answer, wait_for: message.replied, within: 24h, then: [ { tag: replied } ], otherwise: [ { tag: silent } ] }
---
${TEMPLATES}`;

const stage = async (...documents: string[]): Promise<Played> =>
  play(await sceneOf(published(documents.join("\n---\n"))));
const types = (outcome: TurnOutcome): string[] => outcome.events.map(({ type }) => type);
const verdicts = (outcome: TurnOutcome): string[] => outcome.decisions.map(({ kind, verdict }) => `${kind} ${verdict}`);
const tags = (outcome: TurnOutcome): unknown[] =>
  outcome.queued.flatMap(({ row }) => (row.kind === "tag" ? (row.body["add"] as string[]) : []));
const kinds = (outcome: TurnOutcome, kind: string) => outcome.queued.filter(({ row }) => row.kind === kind);
const runOf = (outcome: TurnOutcome) => outcome.runs[0];
const message = (lead: Played, path = "hi") => {
  const row = lead.rows().find((one) => one.kind === "message" && one.path === path);
  if (row === undefined) throw new Error(`no message of ${path}`);
  return row;
};

describe("three property views in a day", () => {
  test("fire the spike once, and the fourth does not within the cooldown", async () => {
    const lead = await stage(SPIKE);
    const fired = [0, 1, 2, 3].map((hours) => types(lead.turn(NOON + hours * HOUR, viewed(NOON + hours * HOUR))));
    expect(fired.map((each) => each.includes("trigger.engagement_spike"))).toEqual([false, false, true, false]);
    const last = lead.outcomes.at(-1);
    expect(last?.decisions).toMatchObject([
      { kind: "rule", verdict: "not_fired", links: [{ code: "event.property_view" }, { code: "rule.cooldown" }] },
    ]);
  });

  test("fire it once when they come in one turn, and again when the cooldown is over", async () => {
    const lead = await stage(SPIKE);
    const views = [0, 1, 2, 3].map((minute) => viewed(NOON + minute * MINUTE));
    const first = lead.turn(NOON + HOUR, ...views);
    expect(types(first).filter((type) => type.startsWith("trigger."))).toHaveLength(1);
    const late = NOON + 30 * HOUR;
    const again = [0, 1, 2].map((minute) => lead.turn(late + minute * MINUTE, viewed(late + minute * MINUTE)));
    expect(again.flatMap(types).filter((type) => type.startsWith("trigger."))).toHaveLength(1);
  });

  test("say why: views, rule, score and cooldown", async () => {
    const lead = await stage(SPIKE);
    const outcome = lead.turn(NOON + HOUR, viewed(NOON), viewed(NOON + 1), viewed(NOON + 2));
    const decision = outcome.decisions.find(({ kind }) => kind === "rule");
    expect(decision).toMatchObject({
      verdict: "fired",
      links: [{ code: "event.property_view" }, { code: "rule.fired" }, { code: "score.rules" }],
    });
    expect(decision?.links[1]?.values).toMatchObject({ name: "Engagement spike", again: expect.any(Number) });
  });
});

describe("a new lead", () => {
  test("is enrolled and written to in the turn that reads the contact", async () => {
    const lead = await stage(HELLO);
    const outcome = lead.turn(NOON, introduced());
    expect(types(outcome)).toContain("contact.created");
    expect(verdicts(outcome)).toContain("enrollment enrolled");
    expect(kinds(outcome, "message")).toMatchObject([
      { row: { state: "queued", channels: ["sms", "email"], place: 0 } },
    ]);
  });

  test("has a decision for the message that names the whole chain", async () => {
    const lead = await stage(HELLO);
    const outcome = lead.turn(NOON, introduced());
    const decision = outcome.decisions.find(({ kind }) => kind === "message");
    const chain = decision?.links.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);
    expect(chain?.slice(0, 3)).toEqual(["event", "score", "workflow"]);
    expect(chain).toContain("permission");
    expect(chain).toContain("channel");
    expect(decision?.message).toBe(message(lead).id);
    expect(decision?.links.find(({ kind }) => kind === "workflow")?.values).toMatchObject({
      workflow: "hello",
      path: "hi",
      file: "test.yaml",
    });
  });

  test("whose message arrives while its run waits further on: the chain still names the step that wrote", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced());
    lead.left(NOON + MINUTE, message(lead), "accepted", "accepted");
    const at = NOON + HOUR;
    const told = lead.turn(at, {
      answer: { outbox: message(lead).id, outcome: "delivered", channel: "sms", at },
      at,
    });
    const decision = told.decisions.find(({ kind }) => kind === "message");
    expect(lead.case([]).runs[0]?.parked).toMatchObject({ path: "answer" });
    expect(decision?.links.find(({ kind }) => kind === "workflow")?.values).toMatchObject({ path: "hi", line: 5 });
  });

  test("of a message on a trigger, the chain names the rule too", async () => {
    const lead = await stage(
      SPIKE,
      `workflow: now\nenroll: { when: trigger.engagement_spike }\nsteps: [ { id: offer, send: more, via: sms } ]`,
      TEMPLATES,
    );
    lead.turn(NOON, introduced());
    const outcome = lead.turn(NOON + 3, viewed(NOON + 1), viewed(NOON + 2), viewed(NOON + 3));
    const decision = outcome.decisions.find(({ kind }) => kind === "message");
    const chain = decision?.links.map(({ kind }) => kind);
    expect(chain?.slice(0, 4)).toEqual(["event", "rule", "score", "workflow"]);
  });
});

describe("a lead in a country of which we have no rules", () => {
  test("is held for a person, who is asked once; their zone lets go what is no marketing", async () => {
    const booked = HELLO.replace("    hold: 12h\n", "    hold: 12h\n    purpose: transactional\n").replace(
      "[sms, email]",
      "[sms]",
    );
    const lead = await stage(booked);
    const asked = lead.turn(NOON, introduced(NOON, { phone: "+14165550101", email: "" }));
    expect(message(lead).state).toBe("held");
    expect(kinds(asked, "task").map(({ row }) => row.body["title"])).toEqual([
      expect.stringContaining("set their time zone"),
    ]);
    const viewedAgain = lead.turn(NOON + MINUTE, viewed(NOON + MINUTE));
    expect(kinds(viewedAgain, "task")).toEqual([]);
    const at = NOON + HOUR;
    lead.turn(at, { command: { type: "zone", zone: "America/Toronto", by: "Ana" }, at });
    expect(message(lead).state).toBe("queued");
  });
});

describe("words that ask us to stop", () => {
  test("are obeyed in the turn that reads them: run ended, message withdrawn, address closed", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced(NOON, { email: "" }));
    const outcome = lead.turn(NOON + MINUTE, wrote(NOON + MINUTE, "STOP"));
    expect(runOf(outcome)).toMatchObject({ status: "stopped", outcome: "opted_out" });
    expect(outcome.moved).toMatchObject([{ row: { state: "withdrawn" } }]);
    expect(outcome.addresses).toMatchObject([{ family: "phone", optedOutAt: NOON + MINUTE }]);
    expect(types(outcome)).toContain("message.opted_out");
    expect(verdicts(outcome)).toContain("message withdrawn");
  });

  test("withdraw a held message like a queued one", async () => {
    const lead = await stage(HELLO);
    const night = NOON + 8 * HOUR;
    lead.turn(night, introduced(night, { email: "" }));
    expect(message(lead).state).toBe("held");
    lead.turn(night + MINUTE, wrote(night + MINUTE, "stop"));
    expect(message(lead).state).toBe("withdrawn");
  });

  test("unclear, hold what waits until a person says to go on", async () => {
    const night = NOON + 8 * HOUR;
    const held = await stage(HELLO);
    held.turn(night, introduced(night, { email: "" }));
    const asked = held.turn(night + MINUTE, wrote(night + MINUTE, "Who is this?"));
    expect(asked.addresses).toMatchObject([{ family: "phone", optOut: { askedAt: night + MINUTE } }]);
    expect(kinds(asked, "task")).toHaveLength(1);
    const morning = NOON + 20 * HOUR - MINUTE;
    held.until(morning);
    expect(message(held).state).toBe("held");
    const judged = held.turn(morning, {
      command: { type: "judge", family: "phone", as: "go_on", by: "Ana" },
      at: morning,
    });
    expect(judged.addresses).toMatchObject([{ family: "phone", goOn: true }]);
    expect(message(held).state).toBe("queued");
    expect(verdicts(judged)).toContain("effect done");
  });

  test("unclear, and said again, wait for a person though START comes between them", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced(NOON, { email: "" }));
    lead.turn(NOON + MINUTE, wrote(NOON + MINUTE, "Who is this?"));
    const again = NOON + 3 * MINUTE;
    expect(lead.turn(again, wrote(again, "wrong number")).queued).toEqual([]);
    const start = eventAt(NOON + 2 * MINUTE, "message.received", {
      channel: "sms",
      text: "START",
      from: "+16175550101",
    });
    const late = lead.turn(again + 1, start);
    expect(lead.case().addresses.phone?.optOut).toMatchObject({ askedAt: again, matched: "WRONG NUMBER" });
    expect(late.queued.map(({ row }) => row.id)).toContain(askedBy(wrote(again, "wrong number").id));
  });

  test("unclear, and judged to be an opt-out, end the run", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced(NOON, { email: "" }));
    lead.turn(NOON + MINUTE, wrote(NOON + MINUTE, "Who is this?"));
    const at = NOON + HOUR;
    const outcome = lead.turn(at, { command: { type: "judge", family: "phone", as: "opted_out", by: "Ana" }, at });
    expect(outcome.addresses).toMatchObject([{ optedOutAt: at, optOut: { by: "person" } }]);
    expect(runOf(outcome)).toMatchObject({ outcome: "opted_out" });
    expect(verdicts(outcome)).toContain("effect blocked");
    expect(
      lead.turn(at, { command: { type: "judge", family: "phone", as: "go_on", by: "Ana" }, at }).addresses,
    ).toEqual([]);
  });
});

describe("a manager's lift", () => {
  const asked = (at: number, more: object = {}): Sent => ({
    command: {
      ...{ type: "lift", family: "phone", why: "judged_by_mistake", until: at, evidence: "wrong contact", by: "Mia" },
      ...more,
    } as Command,
    at,
  });
  async function judged() {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced(NOON, { email: "" }));
    lead.turn(NOON + MINUTE, wrote(NOON + MINUTE, "Who is this?"));
    lead.turn(NOON + HOUR, {
      command: { type: "judge", family: "phone", as: "opted_out", by: "Ana" },
      at: NOON + HOUR,
    });
    return lead;
  }
  const links = (outcome: TurnOutcome, code: string) =>
    outcome.decisions.flatMap((one) => one.links.filter((link) => link.code === code));

  test("ends what was judged by mistake, opens the CRM's switch, and is no consent of the lead's", async () => {
    const lead = await judged();
    const at = NOON + 2 * HOUR;
    const outcome = lead.turn(at, asked(at));
    expect(lead.case().addresses.phone).toEqual({
      sends: [],
      leftAt: NOON + HOUR,
      lifted: { at, by: "Mia", why: "judged_by_mistake", until: at },
    });
    expect(links(outcome, "consent.lifted")).toMatchObject([{ values: { by: "Mia", evidence: "wrong contact" } }]);
    expect(outcome.queued.map(({ row }) => row.body)).toMatchObject([
      { contact: {}, dnd: { sms: "open", whatsapp: "open", voice: "open" } },
    ]);
    expect(outcome.agreed).toEqual([]);
    // what was blocked, or ended, stays so
    expect(lead.rows().filter(({ kind, state }) => kind === "message" && state === "queued")).toEqual([]);
    expect(lead.turn(at + 1, asked(at + 1)).addresses).toEqual([]);
  });

  test("leaves words that nobody has judged to be judged: they hold everything, and a person is asked then", async () => {
    const lead = await judged();
    const said = NOON + 90 * MINUTE;
    const quiet = lead.turn(said, wrote(said, "wrong number"));
    expect(quiet.queued).toEqual([]);
    expect(lead.case().addresses.phone).toMatchObject({ optedOutAt: NOON + HOUR, optOut: { unclear: { at: said } } });
    const at = NOON + 2 * HOUR;
    const outcome = lead.turn(at, asked(at));
    expect(links(outcome, "consent.lifted")).toMatchObject([{ values: { unclear: "WRONG NUMBER" } }]);
    expect(lead.case().addresses.phone).toMatchObject({ optOut: { askedAt: said, matched: "WRONG NUMBER" } });
    expect(lead.case().addresses.phone?.optedOutAt).toBeUndefined();
    expect(outcome.queued.map(({ row }) => [row.kind, row.id])).toContainEqual([
      "task",
      askedBy(wrote(said, "wrong number").id),
    ]);
    const judge = { type: "judge", family: "phone", as: "go_on", by: "Ana" } as const;
    lead.turn(at + 1, { command: judge, at: at + 1 });
    expect(lead.case().addresses.phone?.optOut).toBeUndefined();
  });

  test("that the lead asked for is its consent, of the instant it asked, with what shows it", async () => {
    const lead = await judged();
    const [until, at] = [NOON + 2 * HOUR, NOON + 3 * HOUR];
    const outcome = lead.turn(at, asked(at, { why: "asked_by_phone", until, evidence: "call of 3 pm" }));
    expect(outcome.agreed).toMatchObject([
      {
        event: { data: { evidence: "call of 3 pm", act: "voice" } },
        record: {
          level: "given",
          at: until,
          source: "asked by phone, told by Mia",
          channels: ["sms", "whatsapp", "voice"],
        },
      },
    ]);
  });

  test("leaves words of the lead, those that came between, and says so", async () => {
    const lead = await judged();
    lead.turn(NOON + 2 * HOUR, wrote(NOON + 2 * HOUR, "STOP"));
    const at = NOON + 3 * HOUR;
    const outcome = lead.turn(at, asked(at));
    expect(outcome.addresses).toEqual([]);
    expect(links(outcome, "consent.stands")).toMatchObject([{ status: "off", values: { stands: "own" } }]);
    const start = { channel: "sms", text: "START", from: "+16175550101" };
    lead.turn(at + 1, eventAt(at + 1, "message.received", start));
    expect(lead.case().addresses.phone?.optedOutAt).toBeUndefined();
  });

  test("is of the number it was asked for: one that the contact has been given since is left alone", async () => {
    const lead = await judged();
    const at = NOON + 2 * HOUR;
    const outcome = lead.turn(at, asked(at, { hash: addressKey("key", "phone", "+16175550199") }));
    expect(outcome.addresses).toEqual([]);
    expect(links(outcome, "consent.stands")).toMatchObject([{ status: "off", values: { stands: "another" } }]);
    const phone = addressesOf(lead.case().lead?.contact ?? { tags: [], custom: {} }).phone ?? "";
    lead.turn(at + 1, asked(at + 1, { hash: addressKey("key", "phone", phone) }));
    expect(lead.case().addresses.phone?.optedOutAt).toBeUndefined();
  });

  test("is over with the next STOP, in the same turn also", async () => {
    const lead = await judged();
    const at = NOON + 2 * HOUR;
    lead.turn(at, asked(at), wrote(at, "STOP"));
    expect(lead.case().addresses.phone).toMatchObject({ optedOutAt: at, optOut: { by: "words" } });
    expect(lead.case().addresses.phone?.lifted).toBeUndefined();
  });
});

describe("what the CRM says of a contact", () => {
  test("is its word on whether we may write where it says so by channel, and not where tags or a name changed", async () => {
    const lead = await stage(HELLO);
    expect(lead.turn(NOON, introduced(NOON)).heard).toBe(true);
    for (const [n, change] of ["update", "tags"].entries()) {
      const at = NOON + (n + 1) * MINUTE;
      const data = { change, asOf: at, contact: { name: "Maya", tags: ["new"] } };
      expect(lead.turn(at, eventAt(at, "crm.contact", data)).heard, change).toBe(false);
    }
    const at = NOON + HOUR;
    const open = { asOf: at, all: false, channels: { sms: "open" } };
    expect(lead.turn(at, eventAt(at, "crm.dnd", open)).heard).toBe(true);
  });
});

describe("a person of the team who is in touch", () => {
  test("makes marketing wait for an hour, in the turn and for the sender", async () => {
    const lead = await stage(HELLO);
    const at = NOON - 10 * MINUTE;
    lead.turn(at, eventAt(at, "agent.contacted", { channel: "sms" }));
    const outcome = lead.turn(NOON, introduced(NOON));
    expect(outcome.queued.map(({ row }) => [row.state, row.notBefore])).toContainEqual(["held", at + HOUR]);
    expect(heardOf(outcome.state)).toMatchObject({ agentContactAt: at });
  });
});

describe("a STOP that overtakes its contact", () => {
  test("is obeyed once the number is known", async () => {
    const lead = await stage(
      `templates: { hi: { sms: "Hi" } }\nworkflow: w\nenroll: { when: form.submitted }\nsteps: [ { send: hi, purpose: reply } ]`,
    );
    lead.turn(NOON, wrote(NOON, "STOP"));
    const known = lead.turn(NOON + MINUTE, introduced(NOON + MINUTE));
    expect(known.addresses).toMatchObject([{ family: "phone", optedOutAt: NOON, optOut: { matched: "STOP" } }]);
    const outcome = lead.turn(NOON + HOUR, eventAt(NOON + HOUR, "form.submitted", { form: "f" }));
    expect(outcome.queued.map(({ row }) => row.state)).toEqual(["blocked"]);
  });
});

describe("what a page says of an agreement", () => {
  const agreed = {
    form: "f",
    consent: { channels: ["sms"], wording: "I agree", seller: "Us", act: "box", level: "written" },
  };
  const level = async (source: "site" | "api" | "import") => {
    const lead = await stage("templates: { hi: { sms: Hi } }");
    const outcome = lead.turn(NOON, introduced(), { ...eventAt(NOON, "form.submitted", agreed), source });
    return outcome.lead.consents?.map((one) => one.level);
  };

  test("is a claim, since anybody can type anybody's address into it, and so is one of the past; what the team's own server says is as written", async () => {
    expect(await level("site")).toEqual(["claim"]);
    expect(await level("import")).toEqual(["claim"]);
    expect(await level("api")).toEqual(["written"]);
  });
});

describe("inside a turn", () => {
  const ALARM = `workflow: alarm\nenroll: { when: form.submitted }\nsteps:\n  - { id: w, wait_for: document.downloaded, within: 1h, then: [ { tag: in_time } ], otherwise: [ { tag: too_late } ] }`;

  test("an event at the instant of a deadline is in time", async () => {
    const lead = await stage(ALARM);
    lead.turn(NOON, introduced(), eventAt(NOON, "form.submitted", { form: "f" }));
    expect(lead.dueAt()).toBe(NOON + HOUR);
    const outcome = lead.turn(NOON + 2 * HOUR, eventAt(NOON + HOUR, "document.downloaded", { document: "d" }));
    expect(tags(outcome)).toEqual(["in_time"]);
  });

  test("an event after a deadline comes after its timer", async () => {
    const lead = await stage(ALARM);
    lead.turn(NOON, introduced(), eventAt(NOON, "form.submitted", { form: "f" }));
    const late = NOON + HOUR + SECOND;
    expect(tags(lead.turn(NOON + 2 * HOUR, eventAt(late, "document.downloaded", { document: "d" })))).toEqual([
      "too_late",
    ]);
  });

  test("a goal goes before an exit on the same event", async () => {
    const lead = await stage(
      `workflow: both\nenroll: { when: form.submitted }\ngoal: { when: document.downloaded }\nexit: [ { when: document.downloaded, reason: gone } ]\nsteps: [ { id: w, wait: 5d } ]`,
    );
    lead.turn(NOON, introduced(), eventAt(NOON, "form.submitted", { form: "f" }));
    const outcome = lead.turn(NOON + 1, eventAt(NOON + 1, "document.downloaded", { document: "d" }));
    expect(runOf(outcome)).toMatchObject({ status: "completed", outcome: "goal" });
  });

  test("a message that nobody may receive walks its branch at once", async () => {
    const lead = await stage(HELLO);
    const outcome = lead.turn(NOON, introduced(NOON, { phone: "", email: "" }));
    expect(kinds(outcome, "message")).toMatchObject([{ row: { state: "blocked" } }]);
    expect(kinds(outcome, "task")).toMatchObject([{ row: { path: "by_hand", body: { title: "Find Ada Byron" } } }]);
    expect(verdicts(outcome)).toContain("message blocked");
  });

  test("what a blocked message leads to is seen by other workflows in the same turn", async () => {
    const lead = await stage(
      `workflow: first\nenroll: { when: form.submitted }\nsteps: [ { id: s, send: more, via: sms } ]`,
      `workflow: next\nenroll: { when: { workflow.completed: { workflow: first } } }\nsteps: [ { tag: reached } ]`,
      TEMPLATES,
    );
    const outcome = lead.turn(NOON, introduced(NOON, { phone: "" }), eventAt(NOON, "form.submitted", { form: "f" }));
    expect(tags(outcome)).toEqual(["reached"]);
  });

  test("workflows that begin at each other's end stop after ten", async () => {
    const ring = (id: string, after: string) =>
      `workflow: ${id}\nenroll: { when: [form.submitted, { workflow.completed: { workflow: ${after} } }], again: always }\nsteps: [ { tag: ${id} } ]`;
    const lead = await stage(ring("a", "b"), ring("b", "a"));
    const outcome = lead.turn(NOON, introduced(), eventAt(NOON, "form.submitted", { form: "f" }));
    expect(outcome.runs.length).toBeGreaterThan(5);
    expect(outcome.runs.length).toBeLessThan(25);
  });

  test("an answer about a message nobody knows changes nothing", async () => {
    const lead = await stage(HELLO);
    const before = lead.turn(NOON, introduced());
    const answer = { outbox: "00000000-0000-8000-8000-000000000001", outcome: "refused" as const, at: NOON + 1 };
    const outcome = lead.turn(NOON + 1, { answer });
    expect(outcome).toMatchObject({ runs: [], queued: [], moved: [], events: [], decisions: [], addresses: [] });
    expect(outcome.leadChanged).toBe(false);
    expect(outcome.state).toEqual({ ...before.state, scoredAt: outcome.state.scoredAt });
    expect(outcome.deltas).toEqual([{ metric: "answer.unknown", dimension: "refused", amount: 1 }]);
  });
});

describe("a message on its way", () => {
  test("that was refused takes the next channel under the same identity", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced());
    const { id } = message(lead);
    const outcome = lead.left(NOON + MINUTE, message(lead), "refused", "refused", { reason: "unknown" });
    expect(outcome.moved).toMatchObject([{ row: { id, state: "queued", place: 1 } }]);
    expect(runOf(outcome)?.endedAt).toBeUndefined();
  });

  test("that was accepted lets the run go on, and a reply ends the wait", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced());
    lead.left(NOON + MINUTE, message(lead), "accepted", "accepted");
    const at = NOON + HOUR;
    const { id } = message(lead);
    const found = { ...lead.case([wrote(at, "Yes please")]), latest: { sms: { id, at: NOON } } };
    expect(tags(decideTurn(found, { ...lead.scene, now: at }))).toEqual(["replied"]);
  });

  test("counts on its way, each thing once, and what the lead did about it becomes its habit", async () => {
    const lead = await stage(HELLO);
    const decided = lead.turn(NOON, introduced());
    const funnel = ({ deltas }: TurnOutcome) =>
      deltas
        .filter(({ metric }) => /^(fate|funnel|habit)/.test(metric))
        .map(({ metric, amount }) => `${metric} ${amount}`);
    expect(funnel(decided)).toEqual(["fate.decided 1", "funnel.decided 1"]);
    const sent = lead.left(NOON + MINUTE, message(lead), "accepted", "accepted");
    expect(funnel(sent)).toEqual(["fate.accepted 1", "funnel.accepted 1", "habit.sent 1"]);
    const { id } = message(lead);
    const told = lead.turn(NOON + HOUR, {
      answer: { outbox: id, outcome: "delivered", channel: "sms", at: NOON + HOUR },
      at: NOON + HOUR,
    });
    expect(funnel(told)).toEqual(["fate.delivered 1", "funnel.delivered 1"]);
    const again = lead.turn(NOON + 2 * HOUR, {
      answer: { outbox: id, outcome: "delivered", channel: "sms", at: NOON + 2 * HOUR },
      at: NOON + 2 * HOUR,
    });
    expect(funnel(again)).toEqual([]);
    const at = NOON + 3 * HOUR;
    const entry = { row: message(lead), message: lead.case([]).outbox.find(({ row }) => row.id === id)?.message };
    const found = lead.case([wrote(at, "Yes please")]);
    const outbox = found.outbox.some(({ row }) => row.id === id) ? found.outbox : [...found.outbox, entry as never];
    const replied = decideTurn({ ...found, outbox, latest: { sms: { id, at: NOON } } }, { ...lead.scene, now: at });
    expect(funnel(replied)).toEqual(["fate.replied 1", "funnel.replied 1", "habit.answered 1"]);
    expect(replied.state.habits).toEqual({ sms: { sent: 1, answered: 1, opened: 0 } });
  });

  test("counts once as a message whichever channels it tries, and on each of them as an attempt", async () => {
    const lead = await stage(HELLO);
    const counted = ({ deltas }: TurnOutcome) =>
      deltas
        .filter(({ metric }) => /^(fate|funnel)/.test(metric))
        .map(({ metric, dimension, amount }) => `${metric} ${dimension} ${amount}`);
    const at = (minutes: number) => NOON + minutes * MINUTE;
    expect(counted(lead.turn(NOON, introduced()))).toEqual([
      "fate.decided /hello/hi 1",
      "funnel.decided sms/hello/hi 1",
    ]);
    expect(counted(lead.left(at(1), message(lead), "accepted", "accepted"))).toEqual([
      "fate.accepted /hello/hi 1",
      "funnel.accepted sms/hello/hi 1",
    ]);
    const { id } = message(lead);
    const failed = lead.turn(at(2), {
      answer: { outbox: id, outcome: "failed", channel: "sms", at: at(2) },
      at: at(2),
    });
    expect(counted(failed)).toEqual([
      "funnel.decided email/hello/hi 1",
      "fate.failover /hello/hi 1",
      "funnel.failed sms/hello/hi 1",
      "funnel.failover sms/hello/hi 1",
    ]);
    const sent = lead.left(at(3), message(lead), "accepted", "accepted");
    expect(counted(sent)).toEqual(["funnel.accepted email/hello/hi 1"]);
    const bounced = { outbox: id, outcome: "bounced", channel: "email", at: at(4) } as const;
    expect(counted(lead.turn(at(4), { answer: bounced, at: at(4) }))).toEqual([
      "fate.bounced /hello/hi 1",
      "fate.failed /hello/hi 1",
      "funnel.bounced email/hello/hi 1",
    ]);
  });

  test("counts as withdrawn where its run ends before it leaves", async () => {
    const lead = await stage(HELLO);
    const night = NOON + 8 * HOUR;
    lead.turn(night, introduced(night, { email: "" }));
    const { deltas } = lead.turn(night + MINUTE, wrote(night + MINUTE, "stop"));
    const withdrawn = deltas.filter(({ metric }) => metric.endsWith(".withdrawn"));
    expect(withdrawn.map(({ metric, dimension, amount }) => [metric, dimension, amount])).toEqual([
      ["fate.withdrawn", "/hello/hi", 1],
      ["funnel.withdrawn", "sms/hello/hi", 1],
      ["message.withdrawn", "sms", 1],
    ]);
  });

  test("counts no click that a late delivery shows to be a scanner's, and tells of it what was known", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced(NOON, { phone: "" }));
    lead.left(NOON + MINUTE, message(lead), "accepted", "accepted");
    const { id } = message(lead);
    const told = (outcome: "clicked" | "delivered", at: number, link?: string) =>
      lead.turn(NOON + HOUR, {
        answer: { outbox: id, outcome, channel: "email", by: "email_stats", at, ...(link ? { link } : {}) },
        at: NOON + HOUR,
      });
    const counted = ({ deltas }: TurnOutcome) =>
      deltas
        .filter(({ metric }) => /^funnel\..*clicked$|^habit\.answered$/.test(metric))
        .map(({ metric, amount }) => `${metric} ${amount}`)
        .sort();
    const clicked = told("clicked", NOON + 2 * MINUTE, "https://example.com/1");
    expect(counted(clicked)).toEqual(["funnel.clicked 1", "habit.answered 1"]);
    expect(clicked.events.map(({ data }) => data["machine"] ?? false)).toEqual([false]);
    const late = told("delivered", NOON + 2 * MINUTE - 1);
    expect(counted(late)).toEqual(["funnel.clicked -1", "funnel.machine_clicked 1", "habit.answered -1"]);
    const more = told("clicked", NOON + 2 * MINUTE + 1, "https://example.com/2");
    expect(counted(more)).toEqual([]);
    expect(more.events).toMatchObject([{ type: "email.clicked", data: { machine: true } }]);
  });

  test("is re-timed past the night and leaves in the morning", async () => {
    const lead = await stage(HELLO);
    const night = NOON + 8 * HOUR; // 22:00 in New York
    lead.turn(night, introduced(night));
    expect(message(lead)).toMatchObject({ state: "held" });
    const wake = message(lead).notBefore as Instant;
    expect(wake).toBeGreaterThan(night);
    expect(lead.dueAt()).toBeLessThanOrEqual(wake);
    lead.until(wake);
    expect(message(lead).state).toBe("queued");
  });

  test("gives its place in a full cap to one of another workflow that matters more, and goes when there is room", async () => {
    const urgent = `
workflow: urgent
priority: 80
enroll: { when: message.received }
steps: [ { id: soon, send: more, hold: 3d } ]
`;
    const lead = await stage("settings:\n  caps: { all: 1 per 2h }", urgent, HELLO);
    lead.turn(NOON, introduced());
    expect(message(lead).state).toBe("queued");
    const at = NOON + MINUTE;
    const outcome = lead.turn(at, wrote(at, "Is it still there?"));
    const codes = (path: string) =>
      outcome.decisions.filter((one) => one.path === path).flatMap(({ links }) => links.map(({ code }) => code));
    expect(message(lead, "soon").state).toBe("queued");
    expect(message(lead)).toMatchObject({ state: "held", notBefore: at + 2 * HOUR });
    expect(codes("soon")).toContain("place.taken");
    expect(codes("hi")).toContain("place.given");
    expect(lead.dueAt()).toBeLessThanOrEqual(at + 2 * HOUR);
    lead.left(at, message(lead, "soon"), "accepted", "accepted");
    lead.until(at + 3 * HOUR);
    expect(message(lead).state).toBe("queued");
  });

  test("goes before a weaker one asked for later, once what it waited behind was withdrawn", async () => {
    const first = `
workflow: first
priority: 80
enroll: { when: contact.created }
steps: [ { id: soon, send: more, hold: 3d }, { id: rest, wait: 1d } ]
`;
    const weak = `
workflow: weak
priority: 20
enroll: { when: message.received }
steps: [ { id: last, send: more, hold: 3d } ]
`;
    const lead = await stage("settings:\n  caps: { all: 1 per 2h }", first, weak, HELLO);
    lead.turn(NOON, introduced());
    expect([message(lead, "soon").state, message(lead).state]).toEqual(["queued", "held"]);
    const run = message(lead, "soon").run ?? "";
    lead.turn(NOON + SECOND, { command: { type: "stop_run", run, by: "Ana", reason: "sold" }, at: NOON + SECOND });
    expect(message(lead, "soon").state).toBe("withdrawn");
    lead.turn(NOON + MINUTE, wrote(NOON + MINUTE, "Is it still there?"));
    expect([message(lead).state, message(lead, "last").state]).toEqual(["queued", "held"]);
  });

  test("expires when its hold is over, and its branch is walked", async () => {
    const lead = await stage(HELLO.replace("hold: 12h", "hold: 1h"));
    const night = NOON + 8 * HOUR;
    lead.turn(night, introduced(night));
    const turns = lead.until(night + HOUR);
    expect(message(lead).state).toBe("expired");
    expect(turns.flatMap(tags)).toEqual(["late"]);
    expect(turns.flatMap(verdicts)).toContain("message expired");
  });

  test("held without an instant, as a parked lead's are, is looked at in the lead's next turn", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced());
    const found = lead.case([{ command: { type: "retry", by: "Ana" }, at: NOON + MINUTE }]);
    const outbox = found.outbox.map((entry) => ({ ...entry, row: { ...entry.row, state: "held" as const } }));
    const outcome = decideTurn({ ...found, outbox }, { ...lead.scene, now: NOON + MINUTE });
    expect(outcome.moved).toMatchObject([{ row: { state: "queued" } }]);
  });

  test("that nobody could settle is settled by a person's word", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced());
    lead.left(NOON + MINUTE, message(lead), "undecided", "undecided");
    const at = NOON + HOUR;
    const outcome = lead.turn(at, { command: { type: "settle", outbox: message(lead).id, as: "sent", by: "Ana" }, at });
    expect(outcome.moved).toMatchObject([{ row: { state: "accepted" } }]);
    expect(runOf(outcome)?.parked).toMatchObject({ path: "answer" });
  });
});

describe("silence", () => {
  const QUIET = `
triggers:
  inactivity_risk:
    name: Gone quiet
    when: { lead.idle: { at_least: 7d } }
    levels: { low: 7d, high: 10d }
    cooldown: 72h
`;
  const triggers = (outcomes: readonly TurnOutcome[]) =>
    outcomes.flatMap(({ events }) => events.filter(({ type }) => type === "trigger.inactivity_risk"));

  test("fires from the clock alone, once per level", async () => {
    const lead = await stage(QUIET);
    lead.turn(NOON, introduced(), viewed(NOON));
    expect(triggers(lead.until(NOON + 6 * DAY))).toEqual([]);
    const fired = triggers(lead.until(NOON + 30 * DAY));
    expect(fired.map(({ at, data }) => [at, data["level"]])).toEqual([
      [NOON + 7 * DAY, "low"],
      [NOON + 10 * DAY, "high"],
    ]);
  });

  test("of a lead who was quiet before the first publication is not news", async () => {
    const lead = play(await sceneOf(undefined));
    lead.turn(NOON, introduced(), viewed(NOON));
    const publishedAt = NOON + 20 * DAY;
    lead.scene = await sceneOf(published(QUIET, publishedAt));
    const at = publishedAt + HOUR;
    expect(triggers([lead.turn(at), ...lead.until(at + 30 * DAY)])).toEqual([]);
    const back = at + 31 * DAY;
    lead.turn(back, viewed(back));
    expect(triggers(lead.until(back + 8 * DAY)).map(({ data }) => data["level"])).toEqual(["low"]);
  });

  test("that is half over when the rule is published fires what is still to come", async () => {
    const lead = play(await sceneOf(undefined));
    lead.turn(NOON, introduced(), viewed(NOON));
    lead.scene = await sceneOf(published(QUIET, NOON + 8 * DAY));
    lead.turn(NOON + 8 * DAY);
    expect(triggers(lead.until(NOON + 20 * DAY)).map(({ data }) => data["level"])).toEqual(["high"]);
  });
});

describe("a lead's decisions", () => {
  test("are a chain: each holds the hash of the one before, over turns", async () => {
    const lead = await stage(SPIKE, HELLO);
    lead.turn(NOON, introduced(), viewed(NOON));
    lead.turn(NOON + 2, viewed(NOON + 1), viewed(NOON + 2));
    lead.turn(NOON + HOUR, wrote(NOON + HOUR, "STOP"));
    const decisions = lead.outcomes.flatMap((outcome) => outcome.decisions);
    expect(decisions.length).toBeGreaterThanOrEqual(4);
    let chain = "";
    for (const { hash, ...rest } of decisions) {
      chain = sha256(chain + canonicalJson(JSON.parse(JSON.stringify(rest))));
      expect(hash).toBe(chain);
    }
    expect(lead.outcomes.at(-1)?.state.chain).toBe(chain);
  });
});

describe("whatever happens to a lead", () => {
  const FULL = `
workflow: nurture
enroll: { when: [contact.created, trigger.engagement_spike], again: after 2h }
exit: [ { when: appointment.booked, reason: booked } ]
steps:
  - { id: hi, send: hi, via: [sms, email], hold: 20h, if_blocked: [ { tag: unreachable } ], if_failed: [ { tag: failed } ] }
  - { id: listen, wait_for: message.replied, within: 3h, then: [ { send: more, via: sms } ], otherwise: [ { id: again, send: more, via: sms } ] }
  - { id: rest, wait: 26h }
  - { id: bye, send: hi, via: email }
---
${SPIKE}
  gone_quiet: { name: Quiet, when: { lead.idle: { at_least: 2d } }, cooldown: 1d, do: [ { tag: quiet } ] }
---
${TEMPLATES}`;

  type Act = { readonly what: number; readonly after: number; readonly late: number };
  const acts = fc.array(
    fc.record({ what: fc.nat(9), after: fc.integer({ min: 0, max: 10 * HOUR }), late: fc.nat(2 * HOUR) }),
    { minLength: 1, maxLength: 25 },
  );

  /** One act: letters, or what becomes of the oldest message that is on its way. */
  function act(lead: Played, { what, late }: Act, now: Instant): TurnOutcome {
    const at = now - late;
    const waiting = lead.rows().find((row) => row.kind === "message" && row.state === "queued");
    const words = ["STOP", "Who is this?", "sounds good", "START"];
    switch (what) {
      case 0:
        return lead.turn(now, introduced(at));
      case 1:
      case 2:
        return lead.turn(now, viewed(at), viewed(now));
      case 3:
      case 4:
        return lead.turn(now, wrote(at, words[late % words.length] as string, late % 2 === 0 ? "sms" : "email"));
      case 5:
      case 6:
        return waiting === undefined ? lead.turn(now) : lead.left(now, waiting, "accepted", "accepted");
      case 7:
        return waiting === undefined
          ? lead.turn(now)
          : lead.left(now, waiting, "refused", "refused", { reason: "unknown" });
      case 8:
        return lead.turn(now, { command: { type: "judge", family: "phone", as: "go_on", by: "Ana" }, at: now });
      default:
        return lead.turn(now, eventAt(at, "appointment.booked", { "appointment.id": `a${at}` }));
    }
  }

  function live(lead: Played, script: readonly Act[], watch: (outcome: TurnOutcome, now: Instant) => void): void {
    let now = NOON;
    watch(lead.turn(now, introduced()), now);
    for (const one of script) {
      now += one.after;
      while ((lead.dueAt() ?? Number.POSITIVE_INFINITY) < now) {
        const wake = lead.dueAt() as Instant;
        watch(lead.turn(wake), wake);
      }
      watch(act(lead, one, now), now);
    }
  }

  test("its next wake is never in the past, and is set while anything waits", async () => {
    const scene = await sceneOf(published(FULL));
    fc.assert(
      fc.property(acts, (script) => {
        const lead = play(scene);
        live(lead, script, (outcome, now) => {
          if (outcome.dueAt !== undefined) expect(outcome.dueAt).toBeGreaterThan(now);
          const waits = [
            ...lead.case().runs.flatMap((run) => (run.endedAt === undefined ? [run.dueAt] : [])),
            ...lead.rows().flatMap((row) => (row.state === "held" ? [row.notBefore] : [])),
          ].filter((at) => at !== undefined);
          if (waits.length > 0) expect(outcome.dueAt).toBeLessThanOrEqual(Math.max(now + SECOND, Math.min(...waits)));
        });
      }),
      { numRuns: 60, ...seeded },
    );
  });

  test("nothing new is written to an address that asked us to stop, and no message is made twice", async () => {
    const scene = await sceneOf(published(FULL));
    fc.assert(
      fc.property(acts, (script) => {
        const lead = play(scene);
        const made = new Set<string>();
        live(lead, script, (outcome) => {
          const { addresses } = lead.case();
          for (const { row } of outcome.queued) {
            if (row.kind !== "message") continue;
            expect(made.has(row.id)).toBe(false);
            made.add(row.id);
          }
          for (const { row } of [...outcome.queued, ...outcome.moved]) {
            if (row.kind !== "message" || row.state !== "queued") continue;
            const family = row.channels[row.place] === "email" ? "email" : "phone";
            expect(addresses[family]?.optedOutAt, family).toBeUndefined();
          }
        });
        expect(new Set(lead.outcomes.flatMap(({ decisions }) => decisions.map(({ id }) => id))).size).toBe(
          lead.outcomes.reduce((sum, { decisions }) => sum + decisions.length, 0),
        );
      }),
      { numRuns: 60, ...seeded },
    );
  });

  test("its turns, played again, leave the same bytes", async () => {
    const [scene, other] = [await sceneOf(published(FULL)), await sceneOf(published(FULL))];
    fc.assert(
      fc.property(acts, (script) => {
        const [once, again] = [play(scene), play(other)];
        live(once, script, () => undefined);
        live(again, script, () => undefined);
        expect(canonicalJson(JSON.parse(JSON.stringify(again.outcomes)))).toBe(
          canonicalJson(JSON.parse(JSON.stringify(once.outcomes))),
        );
      }),
      { numRuns: 30, ...seeded },
    );
  });
});

describe("property views, visits and opens out of order", () => {
  const parts = (lead: Played) => {
    const { behavior, score } = lead.case().state ?? {};
    return { behavior: { ...behavior, rules: {} }, score, lead: lead.case().lead };
  };

  test("leave equal windows, engagement, score and snapshot", async () => {
    const scene = await sceneOf(published(SPIKE));
    const letters: Sent[] = [
      introduced(NOON - DAY),
      ...[1, 5, 9, 30].map((hours) => viewed(NOON - hours * HOUR)),
      ...[2, 3].map((hours) => eventAt(NOON - hours * HOUR, "website_visit", { url: "/" })),
      ...[4, 6].map((hours) => eventAt(NOON - hours * HOUR, "email.opened", { "message.id": `m${hours}` })),
    ];
    const inOrder = play(scene);
    inOrder.turn(NOON, ...letters);
    fc.assert(
      fc.property(fc.shuffledSubarray(letters, { minLength: letters.length }), fc.boolean(), (shuffled, apart) => {
        const lead = play(scene);
        if (apart) for (const letter of shuffled) lead.turn(NOON, letter);
        else lead.turn(NOON, ...shuffled);
        const [ours, theirs] = [parts(lead), parts(inOrder)];
        expect(ours.behavior.engagement?.sum).toBeCloseTo(theirs.behavior.engagement?.sum ?? 0, 9);
        const even = { ...theirs.behavior.engagement };
        expect({ ...ours, behavior: { ...ours.behavior, engagement: even } }).toEqual(theirs);
      }),
      { numRuns: 40, ...seeded },
    );
  });
});

describe("an opt-out, told to the CRM", () => {
  const dnd = (outcome: TurnOutcome): unknown[] =>
    outcome.queued.flatMap(({ row }) => (row.kind === "update" ? [row.body["dnd"]] : []));
  const said = (text: string, at: Instant) =>
    eventAt(at, "message.received", { channel: "sms", text, from: "+16175550101" });

  test("closes what the CRM holds open of the number, at once; START opens that again, and nothing else", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced(), eventAt(NOON, "crm.dnd", { asOf: NOON, all: false, channels: { voice: "blocked" } }));
    expect(dnd(lead.turn(NOON + MINUTE, said("STOP", NOON + MINUTE)))).toEqual([
      { sms: "blocked", whatsapp: "blocked" },
    ]);
    expect(dnd(lead.turn(NOON + 2 * MINUTE, said("stop it", NOON + 2 * MINUTE)))).toEqual([]);
    expect(dnd(lead.turn(NOON + 3 * MINUTE, said("START", NOON + 3 * MINUTE)))).toEqual([
      { sms: "open", whatsapp: "open" },
    ]);
  });

  test("leaves a carrier's block to the lead", async () => {
    const lead = await stage(HELLO);
    lead.turn(NOON, introduced());
    lead.turn(NOON + MINUTE, said("STOP", NOON + MINUTE));
    const at = NOON + 2 * MINUTE;
    lead.turn(at, eventAt(at, "crm.dnd", { asOf: at, all: false, channels: { sms: "permanent" } }));
    expect(dnd(lead.turn(at + MINUTE, said("START", at + MINUTE)))).toEqual([{ whatsapp: "open", voice: "open" }]);
  });
});
