// A stage for one run: a plan written as nested steps, a lead whose facts are a table, and a clock moved by hand.

import type { LeadEvent } from "../src/events/index.ts";
import { idFrom } from "../src/kernel/ids.ts";
import type { Json } from "../src/kernel/json.ts";
import { DAY, HOUR, type Instant } from "../src/kernel/time.ts";
import {
  type Advance,
  advance,
  type Condition,
  type ConditionFacts,
  type Effect,
  type Plan,
  type Run,
  type RunFacts,
  type RunInput,
  type Step,
  type TraceLine,
  type Value,
} from "../src/workflows/index.ts";

/** A step as one would write it: branches are nested lists, `path` names it, manners have the language's defaults. */
export type Written = { readonly verb: Step["verb"]; readonly path?: string } & Record<string, unknown>;

/** `then` may be steps. */
export type Remedy = Omit<Plan["onError"], "then"> & { readonly then: Plan["onError"]["then"] | readonly Written[] };

/** 2 March 2026 is a Monday; 15:00 UTC is 10:00 in New York. */
export const MONDAY: Instant = Date.UTC(2026, 2, 2, 15);

const BRANCHES = ["do", "otherwise", "then", "ifFailed", "ifLate", "ifBlocked", "ifExpired", "ifPast", "ifMissing"];

const MANNERS: Partial<Record<Step["verb"], object>> = {
  send: {
    template: "hello",
    via: ["sms"],
    proceed: "accepted",
    within: HOUR,
    hold: 3 * DAY,
    purpose: "marketing",
    urgent: false,
  },
  wait_for: { mode: "any", events: [], within: { ms: DAY, days: 0 } },
  tag: { add: [], remove: [] },
  test: { arms: {} },
  assign: { to: "owner" },
  notify: { to: "owner", message: "Look", through: ["app"] },
  opportunity: { action: "create" },
  webhook: { url: "https://hooks.example.com/x", method: "POST", headers: {}, timeout: 10_000 },
  highlevel_workflow: { workflow: "call_new_buyer", action: "add" },
  start: { workflow: "hot_handoff", with: {} },
  call: { workflow: "analysis", with: {}, within: { ms: DAY, days: 0 } },
  stop: {},
  set: { vars: {} },
  emit: { event: "tour.requested", with: {} },
  score: { add: 0.1, for: { ms: 7 * DAY, days: 0 } },
  task: { title: "Call", to: "owner", due: { ms: HOUR, days: 0 } },
  note: { text: "Noted" },
  end: { outcome: "done", goal: false },
};

/** Elapsed time as the plan has it. */
export const ms = (length: number) => ({ ms: length, days: 0 });
export const days = (count: number) => ({ ms: 0, days: count });
export const send = (path: string, more: object = {}): Written => ({ verb: "send", path, ...more });
/** Unspread, so that its instant can be written down. */
export const wait = (path: string, how: object, more: object = {}): Written => ({
  verb: "wait",
  path,
  wait: { spread: 0, ...how },
  ...more,
});
export const waitFor = (path: string, event: string | readonly string[], more: object = {}): Written => ({
  verb: "wait_for",
  path,
  events: [event].flat().map((one) => ({ event: one })),
  ...more,
});
export const tag = (path: string, name = path): Written => ({ verb: "tag", path, add: [name] });
export const end = (outcome: string, more: object = {}): Written => ({ verb: "end", outcome, ...more });
export const is = (subject: string, operator: string, value: unknown, ifMissing?: boolean): Condition =>
  ({
    subject,
    tests: [{ operator, value }],
    ...(ifMissing === undefined ? {} : { ifMissing }),
  }) as Condition;

export function planOf(
  steps: readonly Written[],
  more: Partial<Omit<Plan, "onError">> & { onError?: Remedy } = {},
): Plan {
  const lists: Step[][] = [];
  const lay = (written: readonly Written[], branch: string): number => {
    const place = lists.length;
    lists.push([]);
    let anchor = branch;
    let distance = 0;
    lists[place] = written.map((step) => {
      distance += 1;
      const path = step.path ?? `${anchor}+${distance}`;
      if (step.path !== undefined) {
        anchor = step.path;
        distance = 0;
      }
      const laid: Record<string, unknown> = { ...MANNERS[step.verb], ...step, path };
      for (const name of BRANCHES) {
        if (Array.isArray(laid[name])) laid[name] = lay(laid[name] as Written[], `${path}/${name}`);
      }
      for (const [name, steps] of Object.entries(laid["arms"] ?? {})) {
        laid["arms"] = { ...(laid["arms"] as object), [name]: lay(steps as Written[], `${path}/variant.${name}`) };
      }
      const branches = laid["branches"] as Record<string, Written[]> | undefined;
      if (branches !== undefined) {
        laid["branches"] = Object.entries(branches).map(([id, steps]) => {
          const at = `${path}/parallel.${id}`;
          return { id, path: at, do: lay(steps, at) };
        });
        laid["join"] ??= Object.keys(branches).length;
      }
      const handler = laid["onError"] as { then: unknown } | undefined;
      if (Array.isArray(handler?.then)) {
        laid["onError"] = { ...handler, then: { do: lay(handler.then as Written[], `${path}/on_error`) } };
      }
      if (Array.isArray(laid["cases"])) {
        laid["cases"] = (laid["cases"] as { do: Written[] }[]).map((one, index) => ({
          ...one,
          path: `${path}/case.${index + 1}`,
          do: lay(one.do, `${path}/case.${index + 1}`),
        }));
      }
      return laid as unknown as Step;
    });
    return place;
  };
  lay(steps, "steps");
  const { onError = { retry: 0, every: HOUR, then: "fail" as const }, ...rest } = more;
  const then = Array.isArray(onError.then) ? { do: lay(onError.then as Written[], "on_error") } : onError.then;
  for (const step of lists.flat()) {
    if (step.verb !== "skip_to") continue;
    const to = (step as unknown as { to: string }).to;
    const list = lists.findIndex((one) => one.some(({ path }) => path === to));
    const index = (lists[list] ?? []).findIndex(({ path }) => path === to);
    Object.assign(step, { target: { list, index, path: to } });
  }
  const listens = lists
    .flat()
    .flatMap((step) => (step.verb === "wait_for" ? step.events.map(({ event }) => event) : []));
  return {
    id: "plan-1",
    workflow: "welcome",
    name: "Welcome",
    positions: {},
    status: "live",
    priority: 50,
    ifGroupBusy: "wait",
    timeZone: "lead",
    maxDuration: 180 * DAY,
    caps: [],
    exits: [],
    pauses: [],
    onError: { ...onError, then } as Plan["onError"],
    onEdit: "keep",
    moved: {},
    vars: {},
    inputs: {},
    outputs: {},
    lists,
    questions: [],
    listens,
    exitReads: [],
    ...rest,
  };
}

export interface Lead {
  now: Instant;
  zone: string;
  values: Record<string, Value>;
  /** Instants by behavior, for history questions without further conditions. */
  did: Record<string, Instant[]>;
  heard: LeadEvent[];
  businessHours: RunFacts["businessHours"];
  holidays: readonly string[];
  render: (text: string) => string;
  /** Experiment to variant. */
  variants: Record<string, string>;
  bestTime: RunFacts["bestTime"];
}

export const newLead = (now: Instant = MONDAY): Lead => ({
  now,
  zone: "America/New_York",
  values: {},
  did: {},
  heard: [],
  businessHours: [],
  holidays: [],
  render: (text) => text,
  variants: {},
  bestTime: () => undefined,
});

export const conditionFacts = (lead: Lead): ConditionFacts => ({
  now: lead.now,
  zone: lead.zone,
  value: (subject) => lead.values[subject],
  history: (question, from) => {
    const since = from ?? lead.now - (question.within ?? 0);
    return (lead.did[question.event] ?? []).filter((at) => at >= since && at <= lead.now).length;
  },
  nextExpiry: (question) => {
    const ends = (lead.did[question.event] ?? []).map((at) => at + (question.within ?? 0) + 1);
    return ends.filter((at) => at > lead.now).sort((a, b) => a - b)[0];
  },
});

export const factsOf = (lead: Lead): RunFacts => ({
  now: lead.now,
  seed: "seed",
  zone: lead.zone,
  lead: conditionFacts(lead),
  eventsSince: (type, from) =>
    lead.heard.filter((event) => event.type === type && event.at >= from).map((event) => ({ at: event.at, event })),
  render: (text) => lead.render(text),
  businessHours: lead.businessHours,
  holidays: lead.holidays,
  variant: (experiment) => lead.variants[experiment],
  bestTime: (spans) => lead.bestTime(spans),
});

export const enrolled = (plan: Plan, now: Instant = MONDAY, more: Partial<Run> = {}): Run => ({
  id: "run-1",
  location: "loc1",
  lead: "lead1",
  workflow: plan.workflow,
  plan: plan.id,
  priority: plan.priority,
  enrolledBy: { event: "event-0", type: "contact.created", data: { campaign: "spring" } },
  enrolledAt: now,
  status: "waiting",
  cursor: [{ list: 0, index: 0 }],
  entered: {},
  marks: {},
  facts: {},
  stepsTaken: 0,
  ...more,
});

export const eventAt = (at: Instant, type: string, data: LeadEvent["data"] = {}, id?: string): LeadEvent => ({
  id: id ?? idFrom(type, at, JSON.stringify(data)),
  lead: "lead1",
  type,
  at,
  receivedAt: at,
  source: "crm",
  data,
});

export interface Stage {
  readonly lead: Lead;
  readonly plan: Plan;
  run: Run;
  readonly effects: Effect[];
  readonly trace: TraceLine[];
  give(input: RunInput): Advance;
  /** Moves the clock by hand without looking. */
  later(length: number): Stage;
  /** Moves the clock to the run's next instant, and looks. */
  due(): Advance;
  event(type: string, data?: LeadEvent["data"], at?: Instant): Advance;
  /** What became of a message, the latest unless one is named. */
  outcome(outcome: Extract<RunInput, { type: "outcome" }>["outcome"], message?: string): Advance;
  /** What became of an effect that is no message, the latest of its kind. */
  answer(
    kind: Effect["kind"],
    more: { readonly ok?: boolean; readonly value?: Json; readonly detail?: string },
  ): Advance;
  /** What became of the run that was called, or started. */
  child(more: Partial<Extract<RunInput, { type: "child" }>>): Advance;
  command(command: Exclude<Extract<RunInput, { type: "command" }>["command"], "re-time">, path?: string): Advance;
  retime(until: Instant, path?: string): Advance;
  message(): string;
  /** Paths of what was asked for, in order: messages, tags, tasks and notes. */
  did(): string[];
  codes(): string[];
  at(): string | undefined;
}

function latest(effects: readonly Effect[], kind: Effect["kind"]): { id: string; path: string } {
  const effect = effects.findLast((one) => one.kind === kind);
  if (effect === undefined || !("path" in effect)) throw new Error(`nothing of kind ${kind} was asked for`);
  return effect;
}

/** A run on stage, already entered. Every input is given at the lead's present instant. */
export function play(plan: Plan, lead: Lead = newLead(), more: Partial<Run> = {}): Stage {
  const effects: Effect[] = [];
  const trace: TraceLine[] = [];
  const stage: Stage = {
    lead,
    plan,
    run: enrolled(plan, lead.now, more),
    effects,
    trace,
    give(input: RunInput): Advance {
      const result = advance(plan, stage.run, input, factsOf(lead));
      stage.run = result.run;
      effects.push(...result.effects);
      trace.push(...result.trace);
      return result;
    },
    later(length) {
      lead.now += length;
      return stage;
    },
    due() {
      lead.now = Math.max(lead.now, stage.run.dueAt ?? lead.now);
      return stage.give({ type: "due" });
    },
    event(type, data = {}, at = lead.now) {
      const event = eventAt(at, type, data);
      lead.heard.push(event);
      return stage.give({ type: "event", event });
    },
    outcome(outcome, message = stage.message()) {
      return stage.give({ type: "outcome", message, outcome, channel: "sms" });
    },
    answer(kind, { ok = true, ...more }) {
      const { id, path } = latest(effects, kind);
      return stage.give({ type: "answer", effect: id, path, ok, ...more });
    },
    child(more) {
      const { id, path } = latest(effects, "start");
      return stage.give({ type: "child", effect: id, path, status: "completed", outcome: "done", ...more });
    },
    command(command, path) {
      const at = path === undefined ? {} : { path };
      if (command === "skip") return stage.give({ type: "command", command, reason: "asked", ...at });
      return stage.give({ type: "command", command, reason: "asked" });
    },
    retime(until, path) {
      const at = path === undefined ? {} : { path };
      return stage.give({ type: "command", command: "re-time", until, reason: "asked", ...at });
    },
    message: () => effects.findLast((effect) => effect.kind === "message")?.id ?? "",
    did: () => effects.flatMap((effect) => ("path" in effect ? [effect.path] : [])),
    codes: () => trace.map(({ code }) => code),
    at: () => (stage.run.parked !== undefined && "path" in stage.run.parked ? stage.run.parked.path : undefined),
  };
  stage.give({ type: "enrolled" });
  return stage;
}
