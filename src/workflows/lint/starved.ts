// Sends that quiet hours or caps leave no room for: held for longer than their `hold`, they expire unseen.

import { DAY, HOUR, MINUTE, type Millis } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import { clockText } from "../compile/duration.ts";
import { lengthWords } from "../editor/words.ts";
import type { Cap, Duration, LocalRange, Plan, SendStep, Step, Template, Wait } from "../plan.ts";
import type { Check, Finding, Linted } from "./finding.ts";

/** The house's own quiet hours, which settings and workflows only add to. */
const HOUSE: LocalRange = { from: 21 * 60, to: 8 * 60 };

export const checkStarved: Check = (linted) =>
  linted.content.plans.flatMap((plan) => [...quiet(plan, linted), ...capped(plan, linted)]);

const channelsOf = (step: SendStep, templates: Readonly<Record<string, Template>>): readonly ChannelName[] =>
  step.via.length > 0 ? step.via : (templates[step.template]?.order ?? []);

// Quiet hours ----------------------------------------------------------------------------------------------------

/** For each minute of the day, how many minutes some quiet hours still hold. */
function quietAhead(plan: Plan, { content }: Linted, mails: boolean): readonly number[] {
  const night = mails ? undefined : HOUSE;
  const ranges = [night, content.settings.quietHours, plan.quietHours].filter((range) => range !== undefined);
  const ahead = new Array<number>(1440).fill(0);
  // twice round, backwards: the second time knows what comes after midnight
  for (let at = 2 * 1440 - 1; at >= 0; at -= 1) {
    const minute = at % 1440;
    const silent = ranges.some((range) => inside(minute, range));
    ahead[minute] = silent ? Math.min(1440, 1 + (ahead[(minute + 1) % 1440] ?? 0)) : 0;
  }
  return ahead;
}

const inside = (minute: number, { from, to }: LocalRange): boolean =>
  from <= to ? minute >= from && minute < to : minute >= from || minute < to;

function quiet(plan: Plan, linted: Linted): Finding[] {
  const ahead = { text: quietAhead(plan, linted, false), email: quietAhead(plan, linted, true) };
  return plan.lists.flatMap((list) =>
    list.flatMap((step, index): Finding[] => {
      if (step.verb !== "send" || step.ifExpired !== undefined || !bound(step, linted)) return [];
      const before = list[index - 1];
      const span = before?.verb === "wait" ? arrival(before.wait) : undefined;
      const asks = mails(step, linted) ? ahead.email : ahead.text;
      const left = Math.max(...asks.slice(span?.from ?? 0, span?.to ?? 1440));
      if (left * MINUTE <= step.hold) return [];
      const spot = { workflow: plan.workflow, path: step.path, keys: ["hold"] };
      if (span !== undefined && left > 0 && span.to - span.from <= 1) {
        const message = `at ${clockText(span.from)} quiet hours hold for ${lengthWords(left * MINUTE)} more, longer than hold: ${lengthWords(step.hold)}; this message always expires.`;
        return [{ code: "starved-send", severity: "warning", spot, message }];
      }
      const message = `a message that falls into quiet hours may wait ${lengthWords(left * MINUTE)}, longer than hold: ${lengthWords(step.hold)}. Lengthen it, or say what then: if_expired: […]`;
      return [{ code: "short-hold", severity: "warning", spot, message }];
    }),
  );
}

const mails = (step: SendStep, { content }: Linted): boolean => channelsOf(step, content.templates).includes("email");

/** E-mail is sent at night, too, unless the settings say that quiet hours hold for it. */
const bound = (step: SendStep, linted: Linted): boolean =>
  step.purpose !== "reply" && (!mails(step, linted) || linted.content.settings.emailQuietHours === true);

/** When of the day a wait can end, where it says so. */
function arrival({ until, during, for: length, bestTime }: Wait): { from: number; to: number } | undefined {
  if (during === "business_hours") return { from: 540, to: 1080 };
  if (during !== undefined && during.from < during.to) return { from: during.from, to: during.to };
  if (until !== undefined && "at" in until && during === undefined) return { from: until.at, to: until.at + 1 };
  return length === undefined && bestTime === undefined ? undefined : undefined;
}

// Caps -----------------------------------------------------------------------------------------------------------

interface Sent {
  readonly path: string;
  readonly at: Millis;
}

/** Walks the steps that every lead passes, as slowly as waits allow, and counts what the caps have seen. */
function capped(plan: Plan, { content }: Linted): Finding[] {
  const caps = [...plan.caps, ...content.settings.caps];
  const found: Finding[] = [];
  const sent = new Map<Cap, Sent[]>(caps.map((cap) => [cap, []]));
  let now: Millis = 0;
  const pass = (steps: readonly Step[]) => {
    for (const step of steps) {
      if (step.verb === "send" && step.if === undefined) {
        const held = holdOf(step, now, sent, content.templates);
        if (
          held !== undefined &&
          held.length > step.hold &&
          step.ifExpired === undefined &&
          !found.some(({ spot }) => "path" in spot && spot.path === step.path)
        ) {
          found.push(starved(plan, step, held));
        }
        const at = now + Math.min(held?.length ?? 0, step.hold);
        for (const [cap, list] of sent) if (counts(cap, step, content.templates)) list.push({ path: step.path, at });
        now = at;
      }
      if (step.verb === "do" && step.if === undefined) {
        for (let index = 0; index < (step.repeat ?? 1) && index < 10; index += 1) {
          if (index > 0) now += longest(step.every);
          pass(plan.lists[step.do] ?? []);
        }
      } else now += lasts(step, plan);
    }
  };
  pass(plan.lists[0] ?? []);
  return found;
}

const counts = (cap: Cap, step: SendStep, templates: Readonly<Record<string, Template>>): boolean => {
  const channels = channelsOf(step, templates);
  if (step.purpose === "transactional") return false;
  return cap.channel === "all" || (channels.length === 1 && channels[0] === cap.channel);
};

interface Held {
  readonly cap: Cap;
  readonly length: Millis;
}

/** The longest that a cap holds a message which is due now. */
function holdOf(
  step: SendStep,
  now: Millis,
  sent: ReadonlyMap<Cap, readonly Sent[]>,
  templates: Readonly<Record<string, Template>>,
): Held | undefined {
  let worst: Held | undefined;
  for (const [cap, list] of sent) {
    if (!counts(cap, step, templates)) continue;
    const oldest = list.at(-cap.count);
    const length = oldest === undefined ? 0 : oldest.at + cap.window - now;
    if (length > (worst?.length ?? 0)) worst = { cap, length };
  }
  return worst;
}

function starved(plan: Plan, step: SendStep, { cap, length }: Held): Finding {
  const rate = `${cap.channel}: ${cap.count} per ${lengthWords(cap.window)}`;
  const message = `the cap ${rate} leaves no room: the messages before hold this one for ${lengthWords(length)}, longer than hold: ${lengthWords(step.hold)}, and it expires.`;
  return { code: "starved-send", severity: "warning", spot: { workflow: plan.workflow, path: step.path }, message };
}

/** The longest a step takes, with the longest of its branches. */
function lasts(step: Step, plan: Plan): Millis {
  const branch = (list: number | undefined) =>
    list === undefined ? 0 : (plan.lists[list] ?? []).reduce((sum, one) => sum + lasts(one, plan), 0);
  switch (step.verb) {
    case "wait":
      return waitLasts(step.wait);
    case "wait_for":
      return longest(step.within) + Math.max(branch(step.then), branch(step.otherwise));
    case "call":
      return longest(step.within) + branch(step.otherwise);
    case "choose":
      return Math.max(branch(step.otherwise), ...step.cases.map((one) => branch(one.do)));
    case "parallel":
      return Math.max(...step.branches.map((one) => branch(one.do)));
    case "test":
      return Math.max(...Object.values(step.arms).map(branch));
    case "do":
      return (step.repeat ?? 1) * (branch(step.do) + longest(step.every));
    case "send":
      return Math.max(branch(step.ifFailed), branch(step.ifLate), branch(step.ifBlocked), branch(step.ifExpired));
    default:
      return 0;
  }
}

function waitLasts({ for: length, until, during, bestTime }: Wait): Millis {
  const clock =
    until === undefined
      ? 0
      : "anchor" in until
        ? 400 * DAY
        : until.date !== undefined
          ? 400 * DAY
          : until.weekday === undefined
            ? DAY
            : 7 * DAY;
  return longest(length) + clock + longest(bestTime) + (during === undefined ? 0 : 3 * DAY);
}

/** A business day may be four days on: a weekend and a holiday. */
const longest = (duration: Duration | undefined): Millis =>
  duration === undefined
    ? 0
    : duration.ms +
      duration.days * DAY +
      (duration.businessDays ?? 0) * 4 * DAY +
      ((duration.businessMs ?? 0) / (8 * HOUR)) * 4 * DAY;
