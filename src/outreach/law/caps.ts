// How often a lead may be written to: every cap that binds, what counts towards it, and when it has room again. Pure.

import type { JsonObject } from "../../kernel/json.ts";
import { DAY, HOUR, type Instant } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Cap } from "../../workflows/index.ts";
import type { Send, Verdict } from "../message.ts";
import type { Check } from "./policy.ts";
import { houseCap } from "./rules.ts";

/** What a number carries; an address carries e-mail alone. */
export const isPhone = (channel: ChannelName): boolean => channel !== "email";

export interface BoundCap {
  readonly scope: "platform" | "house" | "team" | "workflow";
  readonly channels: readonly ChannelName[] | "all";
  readonly count: number;
  readonly window: number;
  /** The sends that count, oldest first. */
  readonly sends: readonly Send[];
}

/** Caps are for marketing. A workflow's own hold for its transactional messages too; a reply is never capped. */
export function capsOf(check: Check): BoundCap[] {
  const sends = sendsTo(check);
  const platform = platformCaps(check, sends);
  if (check.purpose === "reply") return platform;
  const bound = (cap: Cap, scope: BoundCap["scope"], counted: readonly Send[]): BoundCap[] =>
    cap.channel !== "all" && cap.channel !== check.channel
      ? []
      : [
          {
            scope,
            channels: cap.channel === "all" ? "all" : [cap.channel],
            count: cap.count,
            window: cap.window,
            sends: counted.filter((send) => cap.channel === "all" || send.channel === cap.channel),
          },
        ];
  const own = check.caps.flatMap((cap) =>
    bound(
      cap,
      "workflow",
      sends.filter((send) => send.workflow === check.workflow),
    ),
  );
  if (check.purpose !== "marketing") return [...platform, ...own];
  return [
    ...platform,
    ...houseCaps(check, sends),
    ...check.house.caps.flatMap((cap) => bound(cap, "team", sends)),
    ...own,
  ];
}

/** What the platform calls one number, whatever for. @source its help pages, 2026 */
const CALLS = [
  { count: 1, window: DAY },
  { count: 14, window: 14 * DAY },
] as const;

function platformCaps({ channel }: Check, sends: readonly Send[]): BoundCap[] {
  if (channel !== "voice") return [];
  const calls = sends.filter((send) => send.channel === "voice");
  return CALLS.map(({ count, window }) => ({ scope: "platform", channels: ["voice"], count, window, sends: calls }));
}

function houseCaps(check: Check, sends: readonly Send[]): BoundCap[] {
  if (!isPhone(check.channel)) return [];
  const cap = houseCap(check.places.places, check.house.pack, check.now);
  if (cap === undefined) return [];
  const counted = sends.filter((send) => isPhone(send.channel));
  return [
    {
      scope: "house",
      channels: ["sms", "whatsapp", "voice"],
      count: cap.count,
      window: cap.hours * HOUR,
      sends: counted,
    },
  ];
}

function sendsTo(check: Check): Send[] {
  const { phone, email } = check.addresses;
  const all = [...(phone?.sends ?? []), ...(email?.sends ?? []), ...check.waiting];
  const seen = new Set([check.message]);
  const once = all.filter((send) => {
    if (seen.has(send.message)) return false;
    seen.add(send.message);
    return true;
  });
  return once.sort((a, b) => a.at - b.at);
}

const inWindow = (cap: BoundCap, at: Instant): readonly Send[] => cap.sends.filter((send) => send.at + cap.window > at);

/** The first instant from `at` on at which the cap has room; undefined for a cap that never has. */
export function roomAt(cap: BoundCap, at: Instant): Instant | undefined {
  const counted = inWindow(cap, at);
  if (counted.length < cap.count) return at;
  const leaves = cap.count === 0 ? undefined : counted[counted.length - cap.count];
  return leaves === undefined ? undefined : leaves.at + cap.window;
}

export function capVerdicts(check: Check, caps: readonly BoundCap[]): Verdict[] {
  const verdicts = caps.map((cap): Verdict & { readonly left: number } => {
    const counted = inWindow(cap, check.now);
    const room = roomAt(cap, check.now);
    const ok = room === check.now;
    const last = counted.at(-1);
    const values: JsonObject = {
      k: counted.length,
      n: cap.count,
      window: cap.window,
      scope: cap.scope,
      channels: cap.channels === "all" ? "all" : [...cap.channels],
      ...(ok || room === undefined ? {} : { next: room }),
      ...(ok || last === undefined ? {} : { workflow: last.workflow, message: last.message }),
    };
    return {
      code: ok ? "cap.ok" : "cap.full",
      ok,
      ...(ok || room === undefined ? {} : { until: room }),
      values,
      left: cap.count - counted.length,
    };
  });
  const full = verdicts.filter((verdict) => !verdict.ok);
  const tightest = verdicts.toSorted((a, b) => a.left - b.left)[0];
  const shown = full.length > 0 ? full : tightest === undefined ? [] : [tightest];
  return shown.map(({ left: _, ...verdict }) => verdict);
}
