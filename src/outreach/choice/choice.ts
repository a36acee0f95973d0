// A message whose step says `best`: its channels in the order of what this lead answers, and the reasons in the chain.

import type { Link } from "../../insights/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { MessageEffect } from "../../workflows/index.ts";
import { type Paused, type Permission, type Permit, permit } from "../law/policy.ts";
import type { OutboxRow, StoredMessage } from "../message.ts";
import { checkOf, type LeadFacts, type MessageOf, messageOf, type OutreachCase, type OutreachScene } from "../scene.ts";
import { ENOUGH, type May, type Ranked, rank } from "./best.ts";

/** Whether it hurries, and how long it may wait. */
type Hurry = Pick<MessageEffect, "urgent" | "holdUntil">;
/** One lead, as far as it is asked where it answers. */
type Asked = LeadFacts & Pick<OutreachCase, "habits" | "rates">;
type Rules = Pick<OutreachScene, "zone" | "house">;

/** Channels without a text keep their places behind the others: they are never tried. */
export function ranked(
  row: OutboxRow,
  message: StoredMessage,
  effect: MessageEffect,
  scene: OutreachScene,
  facts: OutreachCase,
  paused: Paused | undefined,
): { readonly row: OutboxRow; readonly order: readonly Ranked[] } {
  const open = row.channels.filter((channel) => message.rendered[channel] !== undefined);
  const order = inOrder(messageOf(row, message), open, effect, scene, facts, paused);
  const first = order.map(({ channel }) => channel);
  return { row: { ...row, channels: [...first, ...row.channels.filter((one) => !first.includes(one))] }, order };
}

/** What a message would take that nobody has written. */
export interface Preferred {
  readonly order: readonly (Ranked & Permit)[];
  /** Absent: none of them has a right. */
  readonly chosen?: Ranked & Permit;
  /** Of `channel.best`, about the chosen one. */
  readonly values: JsonObject;
}

/** The same question before there is a text: every channel of the row is taken to have one. */
export function preferred(row: OutboxRow, hurry: Hurry, scene: Rules, facts: Asked): Preferred {
  const order = inOrder(messageOf(row, { rendered: {} }), row.channels, hurry, scene, facts);
  const chosen = order.find(({ may }) => may !== "never");
  if (chosen === undefined) return { order, values: {} };
  return { order, chosen, values: { channel: chosen.channel, ...reasonsOf(order, chosen, hurry.urgent) } };
}

/** The channels on which this location can write, or call: a call needs a template's workflow in the CRM. */
export function channelsHere({ templates, means }: Pick<OutreachScene, "templates" | "means">): readonly ChannelName[] {
  const calls = Object.values(templates).some(
    ({ voice }) => voice !== undefined && means?.crmWorkflow(voice.highlevelWorkflow) !== undefined,
  );
  return ["sms", "email", "whatsapp", ...(calls ? ["voice" as const] : [])];
}

function inOrder(
  about: MessageOf,
  channels: readonly ChannelName[],
  { urgent, holdUntil }: Hurry,
  scene: Rules,
  facts: Asked,
  paused?: Paused,
): readonly (Ranked & Permit)[] {
  const candidates = channels.map((channel) => {
    const asked = permit(checkOf(about, channel, scene, facts, paused));
    return { channel, may: mayOf(asked.permission), ...asked };
  });
  const known = { habits: facts.habits ?? {}, rates: facts.rates ?? {}, wrote: facts.lastInboundAt ?? {} };
  return rank(candidates, known, { now: facts.now, urgent, until: holdUntil });
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
      values: { ...link.values, ...reasonsOf(order, chosen, urgent) },
    };
  });
}

const reasonsOf = (order: readonly Ranked[], chosen: Ranked | undefined, urgent: boolean): JsonObject => ({
  ...{ urgent, because: because(order, chosen, urgent), ranked: order.map(shown) },
});

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
