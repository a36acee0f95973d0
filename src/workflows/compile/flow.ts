// The fourth pass: what can have happened before each step. One walk in the order of the page is enough, because
// jumps only go forward.

import { errorList, listsIn } from "../lists.ts";
import type {
  ChooseStep,
  DoStep,
  Goal,
  ListIndex,
  ParallelStep,
  SendStep,
  Step,
  TestStep,
  WaitForStep,
} from "../plan.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import type { PlacedMatch } from "./events.ts";
import type { Names, StepReference } from "./names.ts";
import type { Building } from "./steps.ts";

/** What is known on arriving at a step. */
interface State {
  /** Steps that some path here has entered. */
  readonly ran: ReadonlySet<string>;
  /** Every path here has sent something. */
  readonly sent: boolean;
  /** Sends that may be the latest one. */
  readonly latest: ReadonlySet<string>;
}

type Flow = State | undefined;

interface Walking {
  readonly building: Building;
  readonly names: Names;
  readonly landings: Map<string, Flow>;
  /** By path; a test has one in each of its arms. */
  readonly sends: Map<string, readonly SendStep[]>;
}

export function checkFlow(building: Building, names: Names): void {
  const walking: Walking = { building, names, landings: new Map(), sends: new Map() };
  walkList(0, { ran: new Set(), sent: false, latest: new Set() }, walking);
  const anywhere = new Set(building.lists.flat().map(({ path }) => path));
  for (const list of errorList(building.onError)) {
    walkList(list, { ran: anywhere, sent: false, latest: new Set() }, walking);
  }
}

function join(one: Flow, other: Flow): Flow {
  if (one === undefined || other === undefined || one === other) return one ?? other;
  return {
    ran: new Set([...one.ran, ...other.ran]),
    sent: one.sent && other.sent,
    latest: new Set([...one.latest, ...other.latest]),
  };
}

function walkList(list: ListIndex | undefined, arriving: Flow, walking: Walking): Flow {
  if (list === undefined) return arriving;
  const steps = walking.building.lists[list] ?? [];
  let flow = arriving;
  let told = false;
  steps.forEach((step, index) => {
    const state = join(flow, walking.landings.get(`${list}:${index}`));
    if (state === undefined) {
      if (!told) warnUnreachable(step, steps[index - 1], walking);
      told = true;
      flow = undefined;
      return;
    }
    told = false;
    flow = walkStep(step, state, walking);
  });
  return flow;
}

function warnUnreachable(step: Step, above: Step | undefined, { building }: Walking): void {
  const place = building.positions.get(step.path);
  const why = { end: "the step above ends the run", skip_to: "the step above jumps away" } as Record<string, string>;
  const reason = why[above?.verb ?? ""] ?? "every way through the step above ends or jumps away";
  if (place !== undefined) building.scope.report.warning("unreachable", place, `nothing leads here: ${reason}.`);
}

function walkStep(step: Step, state: State, walking: Walking): Flow {
  checkReferences(walking.building.references.get(step.path), state.ran, walking);
  const entered: State = { ...state, ran: new Set(state.ran).add(step.path) };
  // The workflow's own steps for errors are walked once, from anywhere.
  const [shared] = errorList(walking.building.onError);
  const failed = errorList(step.onError).find((list) => list !== shared);
  const left = failed === undefined ? undefined : walkList(failed, entered, walking);
  const after = join(follow(step, entered, walking), left);
  const skips = step.if !== undefined && !(step.verb === "do" && step.otherwise !== undefined);
  return skips ? join(entered, after) : after;
}

function follow(step: Step, state: State, walking: Walking): Flow {
  switch (step.verb) {
    case "send": {
      walking.sends.set(step.path, [...(walking.sends.get(step.path) ?? []), step]);
      const sent: State = { ...state, sent: true, latest: new Set([step.path]) };
      const branches = [step.ifFailed, step.ifLate, step.ifBlocked, step.ifExpired];
      return branches.reduce<Flow>(
        (flow, list) => join(flow, list === undefined ? undefined : walkList(list, sent, walking)),
        sent,
      );
    }
    case "wait": {
      const branches = [step.ifPast, step.ifMissing];
      return branches.reduce<Flow>(
        (flow, list) => join(flow, list === undefined ? undefined : walkList(list, state, walking)),
        state,
      );
    }
    case "wait_for":
      checkAwaited(step, state, walking);
      return join(walkList(step.then, state, walking), walkList(step.otherwise, state, walking));
    case "choose":
      return chooses(step, state, walking);
    case "do":
      return does(step, state, walking);
    case "test":
      return tests(step, state, walking);
    case "parallel":
      return forks(step, state, walking);
    case "call":
      return join(state, walkList(step.otherwise, state, walking));
    case "skip_to": {
      const key = `${step.target.list}:${step.target.index}`;
      walking.landings.set(key, join(walking.landings.get(key), state));
      return undefined;
    }
    case "end":
      return undefined;
    default:
      return state;
  }
}

function chooses(step: ChooseStep, state: State, walking: Walking): Flow {
  let flow: Flow;
  for (const one of step.cases) {
    flow = join(flow, walkList(one.do, state, walking));
    if (one.if === undefined) return flow;
  }
  return join(flow, walkList(step.otherwise, state, walking));
}

/** A loop's later passes have seen its earlier ones. */
function does(step: DoStep, state: State, walking: Walking): Flow {
  const { building } = walking;
  const inside = step.repeat === undefined ? [] : pathsIn(step.do, building);
  const looped: State = { ...state, ran: new Set([...state.ran, ...inside]) };
  checkReferences(building.untils.get(step.path), looped.ran, walking);
  const body = walkList(step.do, looped, walking);
  const passed = step.until === undefined ? body : join(body, state);
  return step.otherwise === undefined ? passed : join(passed, walkList(step.otherwise, state, walking));
}

/** The held out take no arm. */
function tests(step: TestStep, state: State, walking: Walking): Flow {
  const { holdout } = walking.names.experiments.get(step.experiment) ?? { holdout: 0 };
  return Object.values(step.arms).reduce<Flow>(
    (flow, arm) => join(flow, walkList(arm, state, walking)),
    holdout > 0 ? state : undefined,
  );
}

/** Branches run beside one another: none is before another, and which of them end in time nobody knows. */
function forks(step: ParallelStep, state: State, walking: Walking): Flow {
  const ends = step.branches.map((branch) => walkList(branch.do, state, walking)).filter((end) => end !== undefined);
  if (ends.length < step.join && step.within === undefined) return undefined;
  const certain = step.join === step.branches.length && step.within === undefined;
  return {
    ran: new Set([...state.ran, ...ends.flatMap((end) => [...end.ran])]),
    sent:
      state.sent ||
      (ends.length > 0 &&
        (certain ? ends.some((end) => end.sent) : step.within === undefined && ends.every((end) => end.sent))),
    latest: new Set([...state.latest, ...ends.flatMap((end) => [...end.latest])]),
  };
}

function pathsIn(list: ListIndex, building: Building): string[] {
  const steps = building.lists[list] ?? [];
  return steps.flatMap((step) => [step.path, ...listsIn(building, step).flatMap((inner) => pathsIn(inner, building))]);
}

function checkReferences(
  references: readonly StepReference[] | undefined,
  ran: ReadonlySet<string>,
  { building }: Walking,
): void {
  for (const { id, place } of references ?? []) {
    if (ran.has(id) && building.ids.has(id)) continue;
    const named = [...ran].filter((path) => building.ids.has(path));
    const message = `no step "${id}" runs before this one.${didYouMean(id, named)}`;
    building.scope.report.error("unknown-step", place, message);
  }
}

// What a wait can see --------------------------------------------------------------------------------------------

const MAIL_ONLY = ["email.opened", "email.clicked", "email.bounced", "email.complained"];
const OF_MESSAGES = [
  "message.sent",
  "message.delivered",
  "message.failed",
  "message.replied",
  "message.opted_out",
  ...MAIL_ONLY,
];

function checkAwaited(step: WaitForStep, state: State, walking: Walking): void {
  const { building, names, sends } = walking;
  const { report } = building.scope;
  if (step.of === "any") return;
  if (step.of !== undefined && building.ids.has(step.of) && state.ran.has(step.of) && !sends.has(step.of)) {
    const reference = building.references.get(step.path)?.find(({ id }) => id === step.of);
    if (reference !== undefined) report.error("not-a-send", reference.place, `step "${step.of}" sends nothing.`);
    return;
  }
  const candidates = step.of === undefined ? [...state.latest] : [step.of];
  for (const { match, place } of building.awaited.get(step.path) ?? []) {
    if (!OF_MESSAGES.includes(match.event)) continue;
    if (step.of === undefined && !state.sent) {
      const message = `no "send" runs before this on every path, so "${match.event}" of what? Name it with "of:".`;
      report.error("no-message", place, message);
      continue;
    }
    const channels = candidates.flatMap((path) => (sends.get(path) ?? []).flatMap((send) => channelsOf(send, names)));
    if (!MAIL_ONLY.includes(match.event) || channels.includes("email") || channels.length === 0) continue;
    const send = candidates[0] as string;
    const at = building.positions.get(send);
    const where = at === undefined ? "" : ` (${at.file}:${at.line}:${at.column})`;
    const only = [...new Set(channels)].join(", ");
    report.warning("wrong-channel", place, `step "${send}"${where} sends only ${only}; ${match.event} cannot come.`);
  }
}

const channelsOf = (send: SendStep, names: Names): readonly string[] =>
  send.via.length > 0 ? send.via : (names.templates.get(send.template)?.template.order ?? []);

/** An event that ends the run first cannot complete a wait in it. */
export function checkShadows(
  building: Building,
  goal: { readonly goal: Goal; readonly places: readonly PlacedMatch[] } | undefined,
  exits: readonly PlacedMatch[],
): void {
  const { report } = building.scope;
  const ends: { readonly match: PlacedMatch["match"]; readonly place: Place; readonly what: string }[] = [];
  if (goal !== undefined && goal.goal.then === "end")
    ends.push(...goal.places.map((one) => ({ ...one, what: "the goal" })));
  ends.push(...exits.map((one) => ({ ...one, what: "an exit" })));
  for (const awaited of building.awaited.values()) {
    for (const { match, place } of awaited) {
      const end = ends.find((one) => one.match.event === match.event && one.match.if === undefined);
      if (end === undefined) continue;
      const at = `${end.place.file}:${end.place.line}:${end.place.column}`;
      const advice = end.what === "the goal" ? ' Use "then: continue" on the goal.' : "";
      const message = `"wait_for: ${match.event}" can never see its event: it is ${end.what} (${at}) and ends the run first.${advice}`;
      report.warning("shadowed-wait", place, message);
    }
  }
}
