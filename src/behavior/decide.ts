// Which behavior rules fire. A rule fires at an event that could have made its pattern true, or because its instant
// arrived; never by itself when a cooldown ends. The cooldown is set in the state that is returned with the firing, so
// that whoever saves one saves the other.

import type { LeadEvent } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import type { Condition, HistoryLeaf, Truth } from "../workflows/index.ts";
import type { BehaviorState, Firing, HistoryQuestion, Rule, RuleState } from "./behavior.ts";
import { type Book, type ClockedRule, leavesOf } from "./book.ts";
import { groupOf, history, idle, silentSince } from "./observe.ts";
import { answer, lapses } from "./window.ts";
import { duration, idleReason, reason } from "./words.ts";

export type Occasion = { readonly event: LeadEvent } | { readonly clock: true };

export interface FireContext {
  readonly now: Instant;
  /** When the CRM first had the contact; without it a lead is as new as when we first saw it. */
  readonly createdAt?: Instant | undefined;
  /** The third argument answers `trigger.level`. */
  holds(condition: Condition, event?: LeadEvent, trigger?: { readonly level: string }): Truth;
}

/** Why a rule that was looked at did not fire. */
export interface PassedRule {
  readonly rule: string;
  /** short: its pattern is not (yet) true. if: its `if` is false or unknown. */
  readonly code: "rule.cooldown" | "rule.short" | "rule.if" | "guard.new_lead" | "guard.agent_contact";
  readonly values: JsonObject;
}

export interface Fired {
  readonly state: BehaviorState;
  /** In rule id order. */
  readonly firings: readonly Firing[];
  readonly passed: readonly PassedRule[];
}

/** Cooldowns per property value that are kept for one rule. Ours: the longest-lived stay. */
const MOST_COOLDOWNS = 100;

/** A deadline longer ago than this (or than the time it allowed) came in with an import: history, not news. Ours. */
const STALE = DAY;

/** @param state with the occasion's event already observed */
export function fire(state: BehaviorState, book: Book, occasion: Occasion, context: FireContext): Fired {
  const round = new Round(state, context);
  if ("clock" in occasion) {
    for (const clocked of book.clocked) {
      if (clocked.levels.length > 0) round.lookAtSilence(clocked);
      if (clocked.lapsing.length > 0) round.lookAtLapses(clocked);
    }
  } else if (occasion.event.data["machine"] !== true) {
    for (const { rule, settles } of book.woken(occasion.event.type)) {
      round.lookAtEvent(rule, settles, occasion.event);
    }
  }
  return { state: round.state, firings: round.firings, passed: round.passed };
}

/**
 * The next instant at which some rule must be looked at though nothing happens; undefined when there is none. One that
 * has passed already is answered as it is: it is due now.
 */
export function nextInstant(
  state: BehaviorState,
  book: Book,
  { createdAt }: { readonly createdAt?: Instant | undefined },
): Instant | undefined {
  let next: Instant | undefined;
  const consider = (at: Instant) => {
    if (next === undefined || at < next) next = at;
  };
  for (const { rule, levels, lapsing } of book.clocked) {
    const rules = state.rules[rule.id];
    if (levels.length > 0) {
      const handled = handledLevels(state, rules);
      const coming = levels.slice(handledUpTo(levels, handled) + 1)[0];
      if (coming !== undefined) {
        consider(Math.max(silentSince(state) + coming.idle, guardOf(state, rule, createdAt)?.until ?? 0));
      }
    }
    for (const question of lapsing) {
      for (const lapse of lapsesOf(state, question)) {
        if (lapse.deadline > (rules?.lapsed ?? Number.NEGATIVE_INFINITY)) consider(lapse.deadline);
      }
    }
  }
  return next;
}

class Round {
  state: BehaviorState;
  readonly firings: Firing[] = [];
  readonly passed: PassedRule[] = [];
  readonly context: FireContext;
  /** The turn of a late event may stand before what the lead did already: a rule looks from there. */
  readonly now: Instant;

  constructor(state: BehaviorState, context: FireContext) {
    this.state = state;
    this.context = context;
    this.now = Math.max(context.now, state.lastActAt ?? context.now);
  }

  lookAtEvent(rule: Rule, settles: readonly HistoryQuestion[], event: LeadEvent): void {
    const { now } = this;
    if (settles.length > 0 && !settles.some((question) => couldSettle(this.state, question, event, now))) return;
    if (this.context.holds(rule.when, event) !== true) {
      this.short(rule, event);
      return;
    }
    const key = rule.cooldownPer === undefined ? "" : (groupOf(event, rule.cooldownPer) ?? "");
    if (this.guarded(rule) || this.cooling(rule, key) || !this.allowed(rule, event)) return;
    this.fire(rule, key, this.explain(rule, event));
  }

  /** Once per silence and level; of several levels passed at once the highest. A guard puts the level off. */
  lookAtSilence({ rule, levels }: ClockedRule): void {
    const { now } = this;
    const quiet = idle(this.state, now);
    const reached = levels.findLastIndex((level) => level.idle <= quiet);
    const handled = handledLevels(this.state, this.state.rules[rule.id]);
    if (reached < 0 || handledUpTo(levels, handled) >= reached || this.guarded(rule)) return;
    const { level } = levels[reached] as ClockedRule["levels"][number];
    this.keep(rule, {
      silence: { from: silentSince(this.state), levels: levels.slice(0, reached + 1).map((each) => each.level) },
    });
    const rises = handled.length > 0;
    if (!rises && this.cooling(rule, "")) return;
    if (this.context.holds(rule.when, undefined, { level }) !== true) {
      this.short(rule, undefined);
      return;
    }
    if (!this.allowed(rule, undefined, { level })) return;
    const why = this.explain(rule, undefined);
    this.fire(rule, "", {
      ...(level !== "" && { level }),
      reasons: [idleReason(quiet), ...why.reasons],
      evidence: { ...why.evidence, silentSince: silentSince(this.state), idle: quiet },
    });
  }

  /** A deadline that has been looked at is not looked at again, whatever came of it. */
  lookAtLapses({ rule, lapsing }: ClockedRule): void {
    const { now } = this;
    const seen = this.state.rules[rule.id]?.lapsed ?? Number.NEGATIVE_INFINITY;
    const due = lapsing
      .flatMap((question) => lapsesOf(this.state, question).map((lapse) => ({ question, lapse })))
      .filter(({ lapse }) => lapse.deadline > seen && lapse.deadline <= now)
      .sort((a, b) => a.lapse.deadline - b.lapse.deadline);
    const latest = due[due.length - 1];
    if (latest === undefined) return;
    this.keep(rule, { lapsed: latest.lapse.deadline });
    if (latest.lapse.deadline < now - Math.max(STALE, latest.question.within ?? 0)) return;
    if (this.context.holds(rule.when) !== true) {
      this.short(rule, undefined);
      return;
    }
    const grouped = rule.cooldownPer !== undefined && rule.cooldownPer === latest.question.same;
    const key = grouped ? (latest.lapse.value ?? "") : "";
    if (this.guarded(rule) || this.cooling(rule, key) || !this.allowed(rule, undefined)) return;
    this.fire(rule, key, this.explain(rule, undefined));
  }

  private guarded(rule: Rule): boolean {
    const guard = guardOf(this.state, rule, this.context.createdAt);
    if (guard === undefined || this.now >= guard.until) return false;
    this.passed.push({ rule: rule.id, code: guard.code, values: { until: guard.until } });
    return true;
  }

  private cooling(rule: Rule, key: string): boolean {
    const cooldowns = this.state.rules[rule.id]?.cooldowns ?? {};
    const until = Object.hasOwn(cooldowns, key) ? cooldowns[key] : undefined;
    if (until === undefined || this.now >= until) return false;
    this.passed.push({ rule: rule.id, code: "rule.cooldown", values: { until, ...(key !== "" && { for: key }) } });
    return true;
  }

  private allowed(rule: Rule, event: LeadEvent | undefined, trigger?: { readonly level: string }): boolean {
    if (rule.if === undefined) return true;
    const truth = this.context.holds(rule.if, event, trigger);
    if (truth === true) return true;
    this.passed.push({ rule: rule.id, code: "rule.if", values: { unknown: truth === undefined } });
    return false;
  }

  private short(rule: Rule, event: LeadEvent | undefined): void {
    const missing = leavesOf(rule.when).find(
      (leaf): leaf is HistoryLeaf => "history" in leaf && this.context.holds(leaf, event) !== true,
    );
    const need = missing?.tests.find((test) => typeof test.value === "number")?.value;
    const values: JsonObject =
      missing === undefined
        ? {}
        : {
            event: missing.history.event,
            have: history(this.state, missing.history, this.now),
            ...(typeof need === "number" && { need }),
            ...(missing.history.within !== undefined && { within: duration(missing.history.within) }),
          };
    this.passed.push({ rule: rule.id, code: "rule.short", values });
  }

  /** The questions about history that are true, in words, and the counts and instants behind them. */
  private explain(rule: Rule, event: LeadEvent | undefined): { reasons: string[]; evidence: JsonObject } {
    const reasons: string[] = [];
    const questions: JsonObject[] = [];
    for (const leaf of affirmed(rule.when)) {
      if (!("history" in leaf) || this.context.holds(leaf, event) !== true) continue;
      const answered = history(this.state, leaf.history, this.now);
      const marks = this.state.windows[leaf.history.key]?.marks ?? [];
      reasons.push(reason(leaf.history, answered));
      questions.push({
        event: leaf.history.event,
        answer: answered,
        instants: marks
          .map((mark) => mark[0])

          .slice(-10),
      });
    }
    return { reasons, evidence: questions.length === 0 ? {} : { questions } };
  }

  private fire(rule: Rule, key: string, why: Pick<Firing, "level" | "reasons" | "evidence">): void {
    const { now } = this;
    const held = Object.entries(this.state.rules[rule.id]?.cooldowns ?? {}).filter(
      ([value, until]) => until > now && value !== key,
    );
    held.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const cooldowns = Object.fromEntries([...held.slice(0, MOST_COOLDOWNS - 1), [key, now + rule.cooldown]]);
    this.keep(rule, { cooldowns });
    this.firings.push({ rule: rule.id, at: now, ...why });
  }

  private keep(rule: Rule, change: RuleState): void {
    const rules = { ...this.state.rules, [rule.id]: { ...this.state.rules[rule.id], ...change } };
    this.state = { ...this.state, rules };
  }
}

/**
 * A late event that is older than the window has made nothing true; nor has a look at one home when another one is
 * looked at more often.
 */
function couldSettle(state: BehaviorState, question: HistoryQuestion, event: LeadEvent, now: Instant): boolean {
  if (question.within !== undefined && event.at < now - question.within) return false;
  if (question.same === undefined) return true;
  const value = groupOf(event, question.same);
  const marks = state.windows[question.key]?.marks.filter((mark) => mark[1] === value) ?? [];
  return answer({ marks }, question, now, undefined) === history(state, question, now);
}

/** Leaves whose truth speaks for the condition: not those under a `not`. */
function affirmed(condition: Condition): ReturnType<typeof leavesOf> {
  if ("all" in condition) return condition.all.flatMap(affirmed);
  if ("any" in condition) return condition.any.flatMap(affirmed);
  if ("not" in condition) return [];
  if ("of" in condition) return condition.of.flatMap(affirmed);
  return [condition];
}

/** The guard that holds longest. */
function guardOf(
  state: BehaviorState,
  { guard }: Rule,
  createdAt: Instant | undefined,
): { code: "guard.new_lead" | "guard.agent_contact"; until: Instant } | undefined {
  const young = guard.newLead === undefined ? undefined : (createdAt ?? state.firstSeenAt) + guard.newLead;
  const met =
    guard.agentContact === undefined || state.agentContactAt === undefined
      ? undefined
      : state.agentContactAt + guard.agentContact;
  if (met !== undefined && (young === undefined || met >= young)) return { code: "guard.agent_contact", until: met };
  return young === undefined ? undefined : { code: "guard.new_lead", until: young };
}

/** Levels that were looked at in the present silence; an act of the lead begins another. */
const handledLevels = (state: BehaviorState, rule: RuleState | undefined): readonly string[] =>
  rule?.silence?.from === silentSince(state) ? rule.silence.levels : [];

const handledUpTo = (levels: ClockedRule["levels"], handled: readonly string[]): number =>
  levels.findLastIndex(({ level }) => handled.includes(level));

const lapsesOf = (state: BehaviorState, question: HistoryQuestion) => {
  const window = state.windows[question.key];
  return window === undefined ? [] : lapses(window, question);
};
