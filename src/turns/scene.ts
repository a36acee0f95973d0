// What is true of a location while its leads are decided: built when something of it changes, kept until then.

import { openBook, readStates } from "../behavior/index.ts";
import { readStates as readExperiments } from "../experiments/index.ts";
import { channelRates, slotRates } from "../insights/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import { type Instant, MINUTE, type Millis } from "../kernel/time.ts";
import type { CatalogParts } from "../leads/index.ts";
import {
  crmWorkflowId,
  type HouseRules,
  houseRules,
  type LeadFacts,
  outreachScene,
  type Renderer,
  readRefusals,
  type Signer,
  sendersOf,
} from "../outreach/index.ts";
import { QUESTIONS, type Scorers, type Thresholds } from "../scoring/index.ts";
import type { Condition, EventMatch, Plan, Publication, Publications } from "../workflows/index.ts";
import type { LeadState, Scene } from "./case.ts";
import { clockedPlans } from "./clocked.ts";
import { defined } from "./membership.ts";
import { readingOf } from "./reading.ts";

/** What the house keeps of a location beside its publication. */
export interface Place {
  readonly seed: string;
  /** The location's zone (IANA). */
  readonly zone: string;
  readonly catalog: CatalogParts;
  readonly house: Partial<HouseRules>;
  readonly links: Readonly<Record<string, string>>;
  /** Whether the CRM's contacts are told score, tier and last decision. */
  readonly writeBack?: boolean;
  /** Where the team can be written to, for the foot of its e-mails. */
  readonly postal?: string;
}

export type Heard = Required<Pick<LeadFacts, "lastInboundAt">> & Pick<LeadFacts, "agentContactAt">;

export interface Scenes {
  open(sql: Sql, location: string, now: Instant): Promise<Scene>;
  /** Makes sure that plans some runs are pinned to are in this scene, also where another turn has opened a newer one since. */
  loadPlans(sql: Sql, scene: Scene, ids: readonly string[]): Promise<void>;
  /** When these leads last wrote, by channel, and somebody of the team to them: the sender asks. */
  heard(sql: Sql, location: string, leads: readonly string[]): Promise<ReadonlyMap<string, Heard>>;
}

export interface SceneParts {
  readonly publications: Publications;
  /** The location's own facts; the same object until something of it changed. */
  readonly place: (location: string) => Place;
  readonly renderer: Renderer;
  /** Keys the hashes of numbers and addresses. */
  readonly addressKey: string | Uint8Array;
  /** The address under which the CRM finds a file that lies beside the workflows. Absent: no file has one. */
  readonly media?: (location: string, name: string) => string | undefined;
  /** Signs the links of a location's messages. Absent, or undefined: they stay as they are. */
  readonly signer?: (location: string) => Signer | undefined;
  /** Whether marketing e-mails get a foot. */
  readonly foot?: true;
  /** The models that score a location's leads now. Absent, or undefined: the rules. */
  readonly scorers?: (sql: Sql, location: string) => Promise<Scorers | undefined>;
}

type Still = Omit<Scene, "now" | "experiments" | "rates" | "slots" | "scorers" | "refusals">;

/** How old the location's habits may be: they move by one message in many. */
const RATES_FOR: Millis = 10 * MINUTE;

const NO_EXPERIMENTS: Scene["experiments"] = new Map();

export function openScenes(parts: SceneParts): Scenes {
  const known = new Map<string, { publication: Publication; place: Place; still: Still } & Asks>();
  const rates = new Map<string, { readonly at: Instant; readonly rates: LocationHabits }>();
  const ratesOf = async (sql: Sql, location: string, now: Instant): Promise<LocationHabits> => {
    const { choosing = false, timing = false } = known.get(location) ?? {};
    if (!choosing && !timing) return {};
    const before = rates.get(location);
    if (before !== undefined && Math.abs(now - before.at) < RATES_FOR) return before.rates;
    const read = {
      ...(choosing ? { rates: await channelRates(sql, location) } : {}),
      ...(timing ? { slots: await slotRates(sql, location) } : {}),
    };
    rates.set(location, { at: now, rates: read });
    return read;
  };
  const movingOf = async (sql: Sql, location: string, now: Instant) => {
    const scorers = await parts.scorers?.(sql, location);
    return { ...(await ratesOf(sql, location, now)), ...(scorers === undefined ? {} : { scorers }) };
  };
  return {
    async open(sql, location, now) {
      const publication = (await parts.publications.live(sql, location)) ?? NOTHING;
      const place = parts.place(location);
      const before = known.get(location);
      const refusals = writes(publication) ? await readRefusals(sql, location, now) : {};
      const none = Object.keys(publication.experiments).length === 0;
      const experiments = none ? NO_EXPERIMENTS : await readExperiments(sql, location);
      if (before !== undefined && before.publication === publication && before.place === place) {
        return { ...before.still, ...(await movingOf(sql, location, now)), experiments, refusals, now };
      }
      const still = stillScene(location, publication, place, parts);
      known.set(location, { publication, place, still, ...asksOf(publication.plans) });
      rates.delete(location);
      return { ...still, ...(await movingOf(sql, location, now)), experiments, refusals, now };
    },
    async loadPlans(sql, { location, plans }, ids) {
      const missing = ids.filter((id) => !plans.has(id));
      if (missing.length === 0) return;
      for (const [id, plan] of await parts.publications.plans(sql, location, missing)) plans.set(id, plan);
    },
    async heard(sql, location, leads) {
      const states = await readStates<LeadState>(sql, location, leads);
      return new Map([...states].map(([id, state]) => [id, heardOf(state)]));
    },
  };
}

/** What of a lead's conversation the right to write to it depends on. */
export const heardOf = ({ inbound, behavior }: LeadState): Heard => ({
  lastInboundAt: inbound ?? {},
  ...(behavior.agentContactAt === undefined ? {} : { agentContactAt: behavior.agentContactAt }),
});

/** What all leads of a location did about messages, as far as its workflows ask. */
type LocationHabits = Pick<Scene, "rates" | "slots">;

/** Whether some step takes the channel that a lead answers on, and whether some waits for a best hour. */
interface Asks {
  readonly choosing: boolean;
  readonly timing: boolean;
}

function asksOf(plans: readonly Plan[]): Asks {
  const steps = plans.flatMap(({ lists }) => lists.flat());
  return {
    choosing: steps.some((step) => step.verb === "send" && step.best === true),
    timing: steps.some((step) => step.verb === "wait" && step.wait.bestTime !== undefined),
  };
}

/** Whether any message may go out. */
const writes = ({ templates }: Publication): boolean => Object.keys(templates).length > 0;

function stillScene(location: string, publication: Publication, place: Place, parts: SceneParts): Still {
  const { plans, rules, settings, templates } = publication;
  const { vocabulary, catalog, reading } = readingOf(publication, place.catalog);
  const signer = parts.signer?.(location);
  return {
    location,
    seed: place.seed,
    zone: place.zone,
    publication,
    plans: new Map(plans.map((plan) => [plan.id, plan])),
    catalog,
    book: openBook({
      vocabulary,
      rules,
      questions: [...QUESTIONS, ...publication.questions],
      recent: plans.flatMap((plan) => plan.listens),
    }),
    thresholds: thresholdsOf(plans, "score.crossed"),
    churnThresholds: thresholdsOf(plans, "churn.crossed"),
    reading,
    segments: defined(publication.segments),
    clocked: clockedPlans(plans),
    addressKey: parts.addressKey,
    outreach: outreachScene({
      location,
      zone: place.zone,
      house: houseRules(settings, place.house),
      templates,
      render: (template, channel, values, zone) => parts.renderer.message(template, channel, values, zone),
      means: {
        crmWorkflow: (name) => crmWorkflowId(name, catalog, settings),
        media: (name) => parts.media?.(location, name),
        senders: sendersOf(catalog.users, catalog.gone, settings.senders),
        ...(signer === undefined ? {} : { signer }),
        ...(parts.foot === undefined ? {} : { foot: place.postal === undefined ? {} : { postal: place.postal } }),
      },
    }),
    links: place.links,
    writeBack: place.writeBack === true,
    renderText: (text: string, values: JsonObject, zone: string) => parts.renderer.text(text, values, zone),
  };
}

/** The figures that some workflow waits to be crossed: `above: 0.7` is compiled to a test of where the score went. */
function thresholdsOf(plans: readonly Plan[], event: "score.crossed" | "churn.crossed"): Thresholds {
  const above = new Set<number>();
  const below = new Set<number>();
  const look = (match: EventMatch) => {
    if (match.event !== event || match.if === undefined) return;
    for (const { subject, operator, value } of comparisons(match.if)) {
      if (subject === "event.to" && operator === "at_least") above.add(value);
      if (subject === "event.to" && operator === "less_than") below.add(value);
    }
  };
  for (const plan of plans) {
    for (const match of plan.enroll?.when ?? []) look(match);
    plan.goal?.when.forEach(look);
    for (const exit of plan.exits) if ("when" in exit) exit.when.forEach(look);
    for (const pause of plan.pauses) pause.when.forEach(look);
    for (const step of plan.lists.flat()) if (step.verb === "wait_for") step.events.forEach(look);
  }
  return { above: [...above], below: [...below] };
}

function comparisons(condition: Condition): { subject: string; operator: string; value: number }[] {
  if ("all" in condition) return condition.all.flatMap(comparisons);
  if ("any" in condition) return condition.any.flatMap(comparisons);
  if ("not" in condition) return comparisons(condition.not);
  if ("of" in condition) return condition.of.flatMap(comparisons);
  if ("history" in condition) return [];
  return condition.tests.flatMap(({ operator, value }) =>
    typeof value === "number" ? [{ subject: condition.subject, operator, value }] : [],
  );
}

/** Before anything was published: events are kept and folded, nothing is decided. */
const NOTHING: Publication = {
  id: "none",
  publishedAt: 0,
  plans: [],
  rules: [],
  segments: [],
  experiments: {},
  questions: [],
  templates: {},
  settings: { businessHours: [], holidays: [], caps: [], teams: {}, highlevelWorkflows: {} },
  fields: {},
  events: {},
};
