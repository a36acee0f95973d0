// What a turn makes of models: chance, standing, risk, their crossings, and what it records of them.

import { describe, expect, test } from "vitest";
import { chanceOf, churnOf, logistic } from "../../test/scorers.ts";
import {
  eventAt,
  introduced,
  LEAD,
  NOON,
  type Played,
  play,
  published,
  sceneOf,
  viewed,
  wrote,
} from "../../test/turn.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import type { Scorers } from "../scoring/index.ts";
import { decideTurn, type LeadState, type TurnOutcome } from "./index.ts";

const FIRST: Scorers = { id: "3f2a00000000", chance: chanceOf() };
const BOTH: Scorers = { id: "3f2a00000000+9b1c00000000", chance: chanceOf(), churn: churnOf() };

async function stage(text: string, scorers: Scorers | undefined = BOTH): Promise<Played> {
  const lead = play(await sceneOf(published(text)));
  if (scorers !== undefined) lead.scene = { ...lead.scene, scorers };
  return lead;
}

const QUIET = "workflow: quiet\nenroll: { when: contact.deleted }\nsteps: [ { id: a, tag: a } ]";
const tags = (outcome: TurnOutcome) =>
  outcome.queued.flatMap(({ row }) => (row.kind === "tag" ? (row.body["add"] as string[]) : []));
const types = (outcome: TurnOutcome) => outcome.events.map(({ type }) => type);
const booked = (at: number, status = "confirmed") =>
  eventAt(at, "crm.appointment", {
    change: "create",
    asOf: at,
    appointment: { id: "visit", status, start: NOON + 3 * DAY, end: NOON + 3 * DAY + HOUR },
  });

describe("under a model", () => {
  test("the chance is the model's, calibrated, and the score is where it stands among the location's leads", async () => {
    const lead = await stage(QUIET);
    const { state } = lead.turn(NOON, introduced(), wrote(NOON, "Hello"));
    expect(state.score).toMatchObject({ chance: 0.5, score: 0.5, tier: "warm", model: "3f2a00000000+9b1c00000000" });
    expect(state.score.reasons).toBeUndefined();
    const later = lead.turn(NOON + HOUR, wrote(NOON + HOUR, "Still there?"));
    expect(later.state.score).toMatchObject({ chance: 0.880797, score: 0.880797, tier: "hot" });
  });

  test("what the location's and the agent's own outcomes say moves it on the log-odds", async () => {
    const lead = await stage(QUIET, {
      id: "m",
      chance: chanceOf({
        location: { logOdds: 0.5, n: 50, k: 100 },
        agents: { ana: { logOdds: 1, n: 20, k: 100 }, ben: { logOdds: -9, n: 20, k: 100 } },
      }),
    });
    const { state } = lead.turn(NOON, introduced(NOON, { assignedTo: "ana" }));
    expect(state.score.chance).toBe(0.377541);
  });

  test("a lead with an appointment to come stands before all others, and nothing is foretold of it", async () => {
    const lead = await stage(QUIET);
    const { state } = lead.turn(NOON, introduced(), booked(NOON));
    expect(state.score).toMatchObject({ score: 1, tier: "hot" });
    expect(state.score).not.toHaveProperty("chance");
    const canceled = lead.turn(NOON + HOUR, {
      ...booked(NOON + HOUR, "cancelled"),
      id: "0198c0de-0000-7000-8000-000000000001",
    });
    expect(canceled.state.score.chance).toBe(0.119203);
  });

  test("of a deal won, a chance says so, is said while an appointment stands, and of nobody who has bought", async () => {
    const aim = { outcome: "won", days: 180 } as const;
    const lead = await stage(QUIET, { id: "3f2a00000000", chance: chanceOf({ aim }) });
    const { state } = lead.turn(NOON, introduced(), booked(NOON));
    expect(state.score).toMatchObject({ chance: 0.119203, score: 0.119203, aim });
    const deal = eventAt(NOON + HOUR, "crm.opportunity", {
      ...{ change: "status", asOf: NOON + HOUR },
      opportunity: { id: "d", status: "won" },
    });
    const client = lead.turn(NOON + HOUR, deal).state.score;
    expect(client).not.toHaveProperty("chance");
    expect(client).not.toHaveProperty("aim");
    expect(client.reasons).not.toHaveLength(0);
    expect(client.score).toBeLessThan(1);
  });

  test("without a chance the rules say the score, under their own name beside the model's", async () => {
    const lead = await stage(QUIET, { id: "+9b1c00000000", churn: churnOf() });
    const { state } = lead.turn(NOON, introduced(), viewed(NOON));
    expect(state.score).toMatchObject({ model: "rules-1 +9b1c00000000", churn: 0.002473 });
    expect(state.score.reasons).not.toHaveLength(0);
    expect(state.score).not.toHaveProperty("chance");
  });

  test("silence alone raises the risk, day by day, up to 1 when the lead has gone cold", async () => {
    const lead = await stage(QUIET);
    lead.turn(NOON, introduced(), viewed(NOON));
    const risks = lead.until(NOON + 31 * DAY).map(({ state }) => state.score.churn);
    expect(risks).toHaveLength(31);
    expect(risks[19]).toBe(0.268941);
    expect(risks[27]).toBe(0.731059);
    expect(risks.at(-1)).toBe(1);
    expect([...risks].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(risks);
  });

  test("steps add to the standing, never to the chance", async () => {
    const lead = await stage(`
workflow: met
enroll: { when: contact.created }
steps: [ { id: up, score: { add: 0.3 }, for: 7d, because: met at an open house } ]`);
    const { state } = lead.turn(NOON, introduced());
    expect(state.score).toMatchObject({ chance: 0.119203, score: 0.419203, tier: "warm" });
  });
});

describe("what workflows see of it", () => {
  test("lead.chance and lead.churn decide, and are unknown where no model speaks", async () => {
    const text = `
workflow: both
enroll: { when: message.received }
steps:
  - { id: chance, if: { lead.chance: { at_least: 0.4 } }, tag: likely }
  - { id: churn, if: { lead.churn: { less_than: 0.1 } }, tag: stays }
  - { id: hot, if: { lead.tier: warm }, tag: warm }`;
    const lead = await stage(text);
    lead.turn(NOON, introduced());
    expect(tags(lead.turn(NOON + 1, wrote(NOON + 1, "Hello")))).toEqual(["likely", "stays", "warm"]);
    const byRules = play(await sceneOf(published(text)));
    byRules.turn(NOON, introduced());
    expect(tags(byRules.turn(NOON + 1, wrote(NOON + 1, "Hello")))).not.toContain("likely");
  });

  const CROSSED = `
workflow: leaving
enroll: { when: { churn.crossed: { above: 0.6 } }, again: always }
steps: [ { id: call, tag: call } ]
---
workflow: hot
enroll: { when: { score.crossed: { above: 0.7 } }, again: always }
steps: [ { id: hot, tag: hot } ]`;

  test("churn.crossed is told when the risk passes a mark, once, and again after it has fallen well below", async () => {
    const lead = await stage(CROSSED);
    lead.turn(NOON, introduced(), viewed(NOON));
    const first = lead.until(NOON + 29 * DAY);
    expect(first.flatMap(types).filter((type) => type === "churn.crossed")).toHaveLength(1);
    expect(first.flatMap(tags)).toEqual(["call"]);
    const back = NOON + 29 * DAY + HOUR;
    expect(types(lead.turn(back, viewed(back)))).not.toContain("churn.crossed");
    expect(lead.until(back + 29 * DAY).flatMap(tags)).toEqual(["call"]);
  });

  test("another model moves no lead: what it says otherwise crosses nothing, what the lead does then does", async () => {
    const lead = await stage(CROSSED, undefined);
    lead.turn(NOON, introduced(), viewed(NOON));
    const high = { id: "high", chance: chanceOf({ model: logistic(2, { words_ever: 2 }) }) };
    lead.scene = { ...lead.scene, scorers: high };
    const changed = lead.turn(NOON + HOUR, viewed(NOON + HOUR));
    expect(changed.state.score).toMatchObject({ model: "high", tier: "hot" });
    expect(types(changed)).not.toContain("score.crossed");
    lead.scene = {
      ...lead.scene,
      scorers: { id: "low", chance: chanceOf({ model: logistic(-2, { words_ever: 4 }) }) },
    };
    const wroteThen = lead.turn(NOON + 2 * HOUR, wrote(NOON + 2 * HOUR, "Hello"));
    expect(types(wroteThen)).toContain("score.crossed");
    expect(tags(wroteThen)).toEqual(["hot"]);
  });
});

describe("what a decision says of it", () => {
  test("names the models, the chance and the strongest reasons in words; by the rules, theirs", async () => {
    const text = "workflow: hello\nenroll: { when: message.received }\nsteps: [ { id: a, tag: a } ]";
    const lead = await stage(text);
    const { decisions } = lead.turn(NOON, introduced(), wrote(NOON, "Hello"));
    const link = decisions.flatMap(({ links }) => links).find(({ kind }) => kind === "score");
    expect(link).toMatchObject({
      code: "score.model",
      values: {
        ...{ score: 0.5, chance: 0.5, churn: 0.002473, model: BOTH.id, base: -2 },
        reasons: [{ text: "wrote 1 message so far", logOdds: 2, group: "words" }],
      },
    });
    expect(decisions[0]?.versions.model).toBe(BOTH.id);
    const byRules = play(await sceneOf(published(text)));
    const ruled = byRules.turn(NOON, introduced(), wrote(NOON, "Hello")).decisions[0];
    expect(ruled?.versions.model).toBe("rules-1");
    expect(ruled?.links.find(({ kind }) => kind === "score")?.code).toBe("score.rules");
  });

  test("the turn records which models scored it, and nothing where the rules did", async () => {
    const { record } = (await stage(QUIET)).turn(NOON, introduced());
    expect(record.inputs[0]).toMatchObject({ found: { scorers: BOTH.id } });
    const { record: ruled } = play(await sceneOf(published(QUIET))).turn(NOON, introduced());
    expect(JSON.stringify(ruled.inputs)).not.toContain("scorers");
  });
});

describe("the tally", () => {
  test("is kept in the turn, with what an import brings", async () => {
    const lead = await stage(QUIET, FIRST);
    const past = { ...wrote(NOON - 20 * DAY, "I am looking", "email"), source: "import" as const, receivedAt: NOON };
    const { state } = lead.turn(NOON, introduced(), past, viewed(NOON, "a"));
    expect(state.tally).toMatchObject({ totals: { words: 1 }, last: { word: NOON - 20 * DAY, view: NOON } });
  });

  test("of a lead from before it was kept is folded from its past, once", async () => {
    const lead = await stage(QUIET, FIRST);
    const events = [introduced(), wrote(NOON, "Hello"), viewed(NOON + 1, "a")];
    const whole = lead.turn(NOON + 1, ...events).state;
    const { tally: _, ...before } = whole;
    const later = { seq: 9, kind: "event", event: viewed(NOON + HOUR, "b") } as const;
    const given = { ...lead.case(), state: before as LeadState, past: events, mail: [later] };
    const { state } = decideTurn(given, { ...lead.scene, now: NOON + HOUR });
    const kept = decideTurn({ ...given, state: whole }, { ...lead.scene, now: NOON + HOUR });
    expect(state.tally).toEqual(kept.state.tally);
    expect(state.score.chance).toBe(0.731059);
    expect(given.id).toBe(LEAD);
  });
});

describe("the day's figures", () => {
  test("are saved when they change, in hundredths, and not when they stay", async () => {
    const lead = await stage(QUIET);
    const first = lead.turn(NOON, introduced(), viewed(NOON, "a"));
    expect(first.scored).toEqual({
      day: "2026-11-18",
      score: 0.18,
      chance: 0.182,
      churn: 0,
      tier: "cold",
      model: BOTH.id,
    });
    expect(lead.turn(NOON + 1, eventAt(NOON + 1, "note.added")).scored).toBeUndefined();
    expect(lead.turn(NOON + 2, wrote(NOON + 2, "Hello")).scored).toMatchObject({ chance: 0.622, tier: "warm" });
    expect(lead.until(NOON + DAY + HOUR).map(({ scored }) => scored?.day)).toEqual(["2026-11-19"]);
  });
});
