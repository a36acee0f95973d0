import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, type Played, play, published, sceneOf, viewed } from "../../test/turn.ts";
import { DAY, HOUR, MINUTE } from "../kernel/time.ts";
import type { OutboxRow } from "../outreach/index.ts";
import type { Run } from "../workflows/index.ts";
import type { TurnOutcome } from "./index.ts";

const stage = async (...documents: string[]): Promise<Played> =>
  play(await sceneOf(published(documents.join("\n---\n"))));
const all = (lead: Played, workflow: string): Run[] => lead.case().runs.filter((run) => run.workflow === workflow);
const of = (lead: Played, workflow: string): Run | undefined => all(lead, workflow).at(-1);
const asks = (outcome: TurnOutcome) =>
  outcome.letters.flatMap((letter) => (letter.kind === "ask" && letter.body.type === "assignee" ? [letter.body] : []));
const tags = (outcome: TurnOutcome) =>
  outcome.queued.flatMap(({ row }) => (row.kind === "tag" ? (row.body["add"] as string[]) : []));

const CALLEE = `
workflow: analysis
inputs: { source: { type: text } }
outputs: { tier: { type: text, default: none } }
steps: [ { id: look, wait: 1h, }, { id: over, end: looked, outputs: { tier: ready } } ]`;
const CALLER = `
workflow: caller
enroll: { when: contact.created }
steps:
  - { id: ask, call: analysis, with: { source: survey }, within: 2d, otherwise: [ { tag: not-analyzed } ] }
  - { if: { step.ask.outputs.tier: ready }, tag: Ready }
  - { id: rest, wait: 30d }`;

describe("a called run", () => {
  test("answers with its outputs in the turn in which it ends", async () => {
    const lead = await stage(CALLER, CALLEE);
    lead.turn(NOON, introduced());
    expect(of(lead, "analysis")).toMatchObject({
      status: "waiting",
      inputs: { source: "survey" },
      lineage: ["caller"],
    });
    const end = lead.until(NOON + 2 * HOUR).at(-1) as TurnOutcome;
    expect(of(lead, "analysis")).toMatchObject({ status: "completed", outcome: "looked" });
    expect(tags(end)).toEqual(["Ready"]);
  });

  test("ends with its caller", async () => {
    const lead = await stage(CALLER, CALLEE);
    lead.turn(NOON, introduced());
    const caller = of(lead, "caller")?.id as string;
    const command = { type: "stop_run", run: caller, by: "ann", reason: "enough" } as const;
    lead.turn(NOON + MINUTE, { command, at: NOON + MINUTE });
    expect(of(lead, "caller")?.status).toBe("stopped");
    expect(of(lead, "analysis")).toMatchObject({ status: "stopped", outcome: "caller_ended" });
  });

  test("that is refused is an outcome, and no error", async () => {
    const lead = await stage(CALLER, CALLEE.replace("inputs:", "enroll: { if: { contact.city: Austin } }\ninputs:"));
    const outcome = lead.turn(NOON, introduced());
    expect(of(lead, "analysis")).toBeUndefined();
    expect(of(lead, "caller")?.facts["ask"]?.outcome).toBe("refused");
    expect(tags(outcome)).toEqual(["not-analyzed"]);
  });

  test("of a workflow that is gone is refused", async () => {
    const lead = await stage(CALLER, CALLEE);
    const { publication } = lead.scene;
    const plans = publication.plans.filter(({ workflow }) => workflow === "caller");
    lead.scene = { ...lead.scene, publication: { ...publication, plans } };
    expect(tags(lead.turn(NOON, introduced()))).toEqual(["not-analyzed"]);
  });
});

describe("a started run", () => {
  const STARTER = `
workflow: starter
enroll: { when: contact.created }
steps: [ { id: go, start: beside, with: {} }, { id: on, tag: went-on } ]`;
  const BESIDE = `
workflow: beside
steps: [ { id: long, wait: 30d } ]`;

  test("goes on beside the one that started it, whose end is not its own", async () => {
    const lead = await stage(STARTER, BESIDE);
    const outcome = lead.turn(NOON, introduced());
    expect(tags(outcome)).toEqual(["went-on"]);
    expect(of(lead, "starter")?.status).toBe("completed");
    expect(of(lead, "beside")).toMatchObject({ status: "waiting", lineage: ["starter"] });
    // for whoever asks why: who began it, and what that had heard
    const { type, data } = of(lead, "beside")?.enrolledBy ?? {};
    expect([type, data]).toMatchObject(["enroll.started", { by: "starter", prompted: { type: "contact.created" } }]);
  });

  test("is not begun a second time while it runs, and the starter is told", async () => {
    const again = STARTER.replace("contact.created", "property_view, again: always");
    const lead = await stage(again.replace("tag: went-on", "wait: 1m"), BESIDE);
    lead.turn(NOON, viewed(NOON));
    lead.until(NOON + 30 * MINUTE);
    lead.turn(NOON + HOUR, viewed(NOON + HOUR));
    expect(all(lead, "beside")).toHaveLength(1);
    expect(of(lead, "starter")?.facts["go"]?.outcome).toBe("refused");
  });

  test("is stopped by name by a later step, which goes on itself", async () => {
    const lead = await stage(
      STARTER.replace(
        "{ id: on, tag: went-on }",
        "{ id: pause, wait: 1h }, { stop: beside, reason: enough }, { tag: went-on }",
      ),
      BESIDE,
    );
    lead.turn(NOON, introduced());
    const end = lead.until(NOON + 2 * HOUR).at(-1) as TurnOutcome;
    expect(of(lead, "beside")).toMatchObject({ status: "stopped", outcome: "stop: enough" });
    expect(tags(end)).toEqual(["went-on"]);
  });
});

describe("a rule", () => {
  test("starts, adds to the score for a time, emits and writes, with words about what made it true", async () => {
    const lead = await stage(
      `
triggers:
  looks:
    name: Looks around
    when: { behavior.property_view: { count: 2, within: 24h } }
    cooldown: 7d
    do:
      - { start: beside, with: {} }
      - { score: { add: 0.3 }, for: 2d, because: looks around }
      - { emit: tour.wanted, with: { home: { fact: event.property.id } } }
      - { note: "Saw {{ event.property.id }}: {{ trigger.reasons | join: ', ' }}" }
      - { update: { contact.source: site } }
`,
      "workflow: beside\nsteps: [ { id: long, wait: 30d } ]",
      "events: { tour.wanted: { weight: 0.8, properties: { home: text } } }",
    );
    lead.turn(NOON, introduced(), viewed(NOON, "a"));
    const before = lead.case().state?.score.score as number;
    const outcome = lead.turn(NOON + HOUR, viewed(NOON + HOUR, "b"));
    expect(of(lead, "beside")).toMatchObject({ status: "waiting" });
    expect(outcome.state.score.score).toBeGreaterThan(before + 0.3);
    expect(outcome.events.find(({ type }) => type === "tour.wanted")?.data).toEqual({ home: "b" });
    const note = outcome.queued.find(({ row }) => row.kind === "note");
    expect(note?.row.body["text"]).toBe("Saw b: 2 property views in 24 h");
    expect(outcome.queued.map(({ row }) => row.kind).sort()).toEqual(["note", "update"]);
    lead.until(NOON + 3 * DAY);
    expect(lead.case().state?.adjustments).toBeUndefined();
    expect(lead.case().state?.score.adjustments).toBeUndefined();
  });
});

describe("an assignment to a team", () => {
  type Ask = { effect: string; path: string; run: string };
  const TEAM = `
workflow: handoff
enroll: { when: contact.created }
steps:
  - { id: give, assign: team.buyers, by: round_robin, on_error: { retry: 0, every: 1m, then: continue } }
  - { id: then, tag: given }
---
settings: { teams: { buyers: [ann, bob] } }`;

  test("is asked of the location, and goes on when it answers", async () => {
    const lead = await stage(TEAM);
    const asked = lead.turn(NOON, introduced());
    expect(asked.letters).toMatchObject([
      { lead: "_location", kind: "ask", body: { type: "assignee", team: "buyers" } },
    ]);
    expect(tags(asked)).toEqual([]);
    const { effect, path, run } = asks(asked)[0] as Ask;
    const reply = { type: "assignee", effect, path, run, user: "bob", why: { team: "buyers", user: "bob" } } as const;
    const answered = lead.turn(NOON + MINUTE, { reply, at: NOON + MINUTE });
    expect(answered.queued.map(({ row }) => row.body)).toContainEqual({ contact: { assignedTo: "bob" } });
    expect(tags(answered)).toEqual(["given"]);
    expect(of(lead, "handoff")?.facts["give"]).toMatchObject({ outcome: "assigned", outputs: { user: "bob" } });
  });

  test("that nobody can take is an error of ours", async () => {
    const lead = await stage(TEAM);
    const asked = lead.turn(NOON, introduced());
    const { effect, path, run } = asks(asked)[0] as Ask;
    const why = { team: "buyers", reason: "nobody is available" };
    const reply = { type: "assignee", effect, path, run, why } as const;
    const answered = lead.turn(NOON + MINUTE, { reply, at: NOON + MINUTE });
    expect(of(lead, "handoff")?.errors).toMatchObject({ last: "nobody is available" });
    expect(tags(answered)).toEqual(["given"]);
  });
});

describe("a limit", () => {
  test("keeps a run waiting until the location has room for it", async () => {
    const lead = await stage(`
workflow: few
enroll: { when: contact.created, limit: 1 per day }
steps: [ { id: hello, tag: hello } ]`);
    const asked = lead.turn(NOON, introduced());
    const run = of(lead, "few") as Run;
    expect(asked.letters).toMatchObject([{ body: { type: "slot", run: run.id, workflow: "few" } }]);
    expect(run.status).toBe("pending");
    const told = lead.turn(NOON + MINUTE, {
      reply: { type: "slot", run: run.id, at: NOON + 5 * HOUR },
      at: NOON + MINUTE,
    });
    expect(tags(told)).toEqual([]);
    expect(lead.dueAt()).toBe(NOON + 5 * HOUR);
    expect(lead.until(NOON + DAY).flatMap(tags)).toEqual(["hello"]);
  });

  test("with room at once lets it in at once", async () => {
    const lead = await stage(`
workflow: few
enroll: { when: contact.created, limit: 1 per day }
steps: [ { id: hello, tag: hello } ]`);
    lead.turn(NOON, introduced());
    const reply = { type: "slot", run: of(lead, "few")?.id as string, at: NOON + MINUTE } as const;
    expect(tags(lead.turn(NOON + MINUTE, { reply, at: NOON + MINUTE }))).toEqual(["hello"]);
    expect(
      lead.turn(NOON + 2 * MINUTE, { reply, at: NOON + 2 * MINUTE }, eventAt(NOON + 2 * MINUTE, "x")).queued,
    ).toEqual([]);
  });
});

describe("an experiment", () => {
  const TEST = `
workflow: welcome
enroll: { when: contact.created }
steps:
  - id: hello
    test: words
    step: { tag: plain }
    variants: { plain: {}, bold: { tag: bold } }
  - { id: rest, wait: 30d }
---
experiments:
  words:
    name: Words
    variants: { plain: 50, bold: 50 }
    control: plain
    metric: { when: property_view, within: 7d }
    guardrails: [ { when: message.opted_out, within: 14d, worse_by: 0.5% } ]
    minimum_effect: 3%
    stop: { when: decided, least: 100 per variant, latest: 45d, then: winner, if_undecided: control }`;

  test("is met when its step is entered, and its metric counts once, inside its window", async () => {
    const lead = await stage(TEST);
    const met = lead.turn(NOON, introduced());
    const variant = tags(met)[0];
    expect(met.exposures).toMatchObject([{ experiment: "words", variant, exposedAt: NOON, reached: {} }]);
    expect(lead.turn(NOON + HOUR, viewed(NOON + HOUR)).exposures).toMatchObject([{ reached: { 0: NOON + HOUR } }]);
    expect(lead.turn(NOON + 2 * HOUR, viewed(NOON + 2 * HOUR)).exposures).toEqual([]);
  });

  test("counts nothing after its window", async () => {
    const lead = await stage(TEST);
    lead.turn(NOON, introduced());
    expect(lead.turn(NOON + 8 * DAY, viewed(NOON + 8 * DAY)).exposures).toEqual([]);
  });

  test("counts the messages of a variant that is other steps", async () => {
    const later = "{ do: [ { id: later, wait: 1h }, { id: later_hello, send: hello } ] }";
    const lead = await stage(
      TEST.replace("step: { tag: plain }", "step: { send: hello }")
        .replace("plain: {}, bold: { tag: bold }", `plain: ${later}, bold: ${later.replaceAll("later", "bold")}`)
        .replace("when: property_view,", "when: message.sent, of: hello,"),
      'templates: { hello: { sms: "Hello" } }',
    );
    const met = lead.turn(NOON, introduced(NOON, { smsConsent: true }));
    expect(met.exposures).toMatchObject([{ reached: {} }]);
    lead.until(NOON + 2 * HOUR);
    const [row] = lead.rows().filter(({ kind }) => kind === "message");
    const sent = lead.left(NOON + 2 * HOUR, row as OutboxRow, "accepted", "accepted");
    expect(sent.exposures).toMatchObject([{ reached: { 0: NOON + 2 * HOUR } }]);
  });
});
