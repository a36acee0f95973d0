// A message whose step says `best`: its channels in the order of what this lead answers, and the reasons in the chain.

import type { Link } from "../../insights/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { MessageEffect } from "../../workflows/index.ts";
import { type Paused, type Permission, permit } from "../law/policy.ts";
import type { OutboxRow, StoredMessage } from "../message.ts";
import { checkOf, messageOf, type OutreachCase, type OutreachScene } from "../scene.ts";
import { ENOUGH, type May, type Ranked, rank } from "./best.ts";

/** Channels without a text keep their places behind the others: they are never tried. */
export function ranked(
  row: OutboxRow,
  message: StoredMessage,
  effect: MessageEffect,
  scene: OutreachScene,
  facts: OutreachCase,
  paused: Paused | undefined,
): { readonly row: OutboxRow; readonly order: readonly Ranked[] } {
  const about = messageOf(row, message);
  const candidates = row.channels
    .filter((channel) => message.rendered[channel] !== undefined)
    .map((channel) => ({ channel, may: mayOf(permit(checkOf(about, channel, scene, facts, paused)).permission) }));
  const known = { habits: facts.habits ?? {}, rates: facts.rates ?? {}, wrote: facts.lastInboundAt ?? {} };
  const order = rank(candidates, known, { now: facts.now, urgent: effect.urgent, until: effect.holdUntil });
  const first = order.map(({ channel }) => channel);
  return { row: { ...row, channels: [...first, ...row.channels.filter((one) => !first.includes(one))] }, order };
}

const mayOf = (permission: Permission): May =>
  permission === "ok" ? "now" : permission === "blocked" ? "never" : { from: permission.hold };

/** In place of the link that says which channel the step named. */
export function withReasons(links: readonly Link[], order: readonly Ranked[], urgent: boolean): Link[] {
  return links.map((link) => {
    if (link.code !== "channel.chosen") return link;
    const chosen = order.find(({ channel }) => channel === link.values?.["channel"]);
    return {
      ...link,
      code: "channel.best",
      values: { ...link.values, urgent, because: because(order, chosen, urgent), ranked: order.map(shown) },
    };
  });
}

/** What decided: answers, or that it may go now; `order` where nothing is known that tells them apart. */
function because(order: readonly Ranked[], chosen: Ranked | undefined, urgent: boolean): string {
  const others = order.filter((one) => one !== chosen && one.may !== "never");
  if (chosen === undefined || others.length === 0) return "only";
  const better = others.some((one) => one.estimate > chosen.estimate);
  if (better) return urgent && chosen.may === "now" ? "now" : "in_time";
  return others.every((one) => one.estimate === chosen.estimate) ? "order" : "answers";
}

function shown({ channel, may, estimate, own, location, wrote }: Ranked): JsonObject {
  return {
    channel,
    may: typeof may === "string" ? may : "held",
    ...(typeof may === "string" ? {} : { until: may.from }),
    estimate: Math.round(estimate * 1_000) / 1_000,
    own: { ...own },
    location: { ...location },
    ...(wrote ? { wrote } : {}),
    ...(location.sent < ENOUGH ? { little: true } : {}),
  };
}
