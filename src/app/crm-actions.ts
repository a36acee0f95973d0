// What our actions in the CRM's workflows do: enroll a lead, say its score, say the channel it is best reached on.

import { readStates } from "../behavior/index.ts";
import { type Command, insertMail } from "../events/index.ts";
import { channelRates, explainedInWords, reasonInWords } from "../insights/index.ts";
import { aimWords } from "../kernel/aim.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, iso } from "../kernel/time.ts";
import { readLeads } from "../leads/index.ts";
import type { Acted, ActionAsked, ActionName, Option, OptionList } from "../marketplace/index.ts";
import { channelsHere, type Preferred, preferred } from "../outreach/index.ts";
import { explainKept } from "../scoring/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { type LeadState, type Scenes, wakeLead } from "../turns/index.ts";
import { HOLD } from "../workflows/index.ts";
import type { Enroller } from "./enrolling.ts";
import { imagined, readCase } from "./imagined.ts";

export interface ActionNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly scenes: Scenes;
  readonly enroller: Enroller;
  /** Asks the CRM for a contact it has not told us of; false: it has none of this id. */
  readonly introduce: (location: string, lead: string) => Promise<boolean>;
  readonly mailed: (location: string) => void;
}

export interface CrmActions {
  act(action: ActionName, asked: ActionAsked, id: string): Promise<Acted>;
  options(location: string, list: OptionList): Promise<readonly Option[]>;
}

export function openCrmActions(needs: ActionNeeds): CrmActions {
  const { database, clock, scenes } = needs;

  const known = (location: string, lead: string): Promise<boolean> =>
    database.transaction([location], async (sql) => (await readLeads(sql, location, [lead])).has(lead));

  /** Where the CRM's workflow is faster than its webhook, the CRM is asked who this is. */
  const mustExist = async ({ location, contact }: ActionAsked): Promise<"known" | "introduced"> => {
    if (await known(location, contact)) return "known";
    if (await needs.introduce(location, contact)) return "introduced";
    throw new InvalidInput(`The CRM has no contact ${contact} in this location.`, "not-found");
  };

  async function enroll(asked: ActionAsked, id: string): Promise<Acted> {
    const { location, contact } = asked;
    const { workflow } = asked.data;
    if (typeof workflow !== "string" || workflow === "") {
      const detail = "choose the workflow to enroll into";
      throw new InvalidInput(`data.workflow: ${detail}.`, "invalid-input", [{ field: "data.workflow", detail }]);
    }
    const by = `CRM workflow ${asked.workflow ?? "(unnamed)"}`;
    const enrolling = { workflow, id, who: { leads: [contact] }, override: false } as const;
    if ((await mustExist(asked)) === "introduced") {
      await needs.enroller.preview(location, { ...enrolling, who: { leads: [] } }); // throws where there is no such workflow
      await database.transaction([location], (sql) => mailEnroll(sql, asked, { type: "enroll", workflow, id, by }));
      needs.mailed(location);
      return {
        answer: { result: "asked", workflow, reason: "a new contact: Latchkey decides in a moment" },
        outcomes: ["asked", "enrolled"],
      };
    }
    const { refused } = await needs.enroller.preview(location, enrolling);
    const code = refused[0]?.code;
    if (code !== undefined) {
      const reason = reasonInWords(code, undefined, { now: clock.now() });
      return { answer: { result: "not_enrolled", workflow, reason, code }, outcomes: ["not enrolled"] };
    }
    await needs.enroller.enroll(location, enrolling, by);
    return { answer: { result: "enrolled", workflow, reason: "" }, outcomes: ["enrolled"] };
  }

  /** A letter to a lead whose introduction is in the mail before it. */
  async function mailEnroll(
    sql: Sql,
    { location, contact }: ActionAsked,
    letter: Extract<Command, { type: "enroll" }>,
  ) {
    const at = clock.now();
    await insertMail(sql, [{ location, lead: contact, kind: "command", receivedAt: at, body: letter }]);
    await wakeLead(sql, location, contact, at);
    const { by, workflow, id } = letter;
    const data = { leads: [contact], count: 1, override: false, request: id };
    await insertAudit(sql, { location, at, who: by, act: "workflow.enroll", subject: workflow, data });
  }

  async function score({ location, contact }: ActionAsked): Promise<Acted> {
    const { state, why } = await database.transaction([location], async (sql) => {
      const held = (await readStates<LeadState>(sql, location, [contact])).get(contact);
      if (held?.score?.chance === undefined) return { state: held, why: undefined };
      const { scorers } = await scenes.open(sql, location, clock.now());
      const lead = (await readLeads(sql, location, [contact])).get(contact);
      return { state: held, why: explainKept(held, scorers, lead?.contact.assignedTo) };
    });
    const standing = state?.score;
    if (standing === undefined) return { answer: { result: "unknown" }, outcomes: ["unknown"] };
    const reasons = standing.reasons ?? why?.reasons ?? [];
    const answer = {
      result: "scored",
      score: Math.round(standing.score * 100) / 100,
      score_percent: Math.round(standing.score * 100),
      tier: standing.tier,
      ...(standing.chance === undefined
        ? {}
        : { chance_percent: Math.round(standing.chance * 1_000) / 10, chance_of: aimWords(standing.aim) }),
      ...(standing.churn === undefined ? {} : { churn_percent: Math.round(standing.churn * 100) }),
      reasons: reasons.map(({ text }) => text).join("; "),
      model: standing.model,
      scored_at: iso(state?.scoredAt ?? clock.now()),
    };
    return { answer, outcomes: [standing.tier] };
  }

  const channel = ({ location, contact }: ActionAsked): Promise<Acted> =>
    database.transaction([location], async (sql) => {
      const now = clock.now();
      const scene = await scenes.open(sql, location, now);
      const known = await readCase(sql, scene, contact);
      if (known === undefined) return { answer: { result: "unknown" }, outcomes: ["unknown"] };
      const { facts, state } = known;
      // a scene has the location's totals where a workflow asks for them
      const rates = scene.rates ?? (await channelRates(sql, location));
      const message = imagined(scene, contact, channelsHere(scene.outreach));
      const hurry = { urgent: false, holdUntil: now + HOLD };
      const best = preferred(message, hurry, scene.outreach, { ...facts, habits: state?.habits ?? {}, rates });
      return channelAnswer(best, { now, zone: scene.zone });
    });

  return {
    act(action, asked, id) {
      switch (action) {
        case "enroll":
          return enroll(asked, id);
        case "score":
          return score(asked);
        case "channel":
          return channel(asked);
      }
    },

    async options(location, list) {
      if (list === "tiers") return TIERS;
      const { publication } = await database.transaction([location], (sql) => scenes.open(sql, location, clock.now()));
      if (list === "triggers") return publication.rules.map(({ id, name }) => ({ label: name, value: id }));
      return publication.plans
        .filter(({ status }) => status !== "shadow")
        .map((plan) => ({ label: plan.name, value: plan.workflow }));
    },
  };
}

const TIERS: readonly Option[] = [
  { label: "Hot", value: "hot" },
  { label: "Warm", value: "warm" },
  { label: "Cold", value: "cold" },
];

function channelAnswer({ order, chosen, values }: Preferred, where: { now: number; zone: string }): Acted {
  if (chosen === undefined) {
    const why = order.flatMap(({ channel, verdicts }) => {
      const no = verdicts.find(({ ok }) => !ok);
      return no === undefined ? [] : [`${channel}: ${reasonInWords(no.code, no.values, where, channel)}`];
    });
    return { answer: { result: "none", channel: "", allowed_now: "no", why: why.join("; ") }, outcomes: ["none"] };
  }
  const { channel, permission, verdicts } = chosen;
  const open = permission === "ok";
  const wait = verdicts.find(({ ok }) => !ok);
  const why = [
    explainedInWords("channel.best", values, where),
    ...(wait === undefined ? [] : [reasonInWords(wait.code, wait.values, where, channel)]),
  ];
  const answer = {
    result: open ? "now" : "later",
    channel,
    allowed_now: open ? "yes" : "no",
    allowed_at: typeof permission === "object" ? iso(permission.hold) : iso(where.now),
    why: why.join("; "),
  };
  return { answer, outcomes: [`${channel} ${open ? "now" : "later"}`, channel, open ? "now" : "later"] };
}
