// `send`: the template, the channels it may take, and what follows each outcome.

import { HOUR, type Millis } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { SendStep, Template } from "../plan.ts";
import { didYouMean } from "./diagnostic.ts";
import { CHANNELS } from "./library.ts";
import type { Scope } from "./names.ts";
import { senderText, USER } from "./people.ts";
import { flagOf, given, ID, millisOf, textOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, shown } from "./source.ts";
import { type ActionScope, peopleText } from "./text.ts";
import { givenMap } from "./values.ts";

const WORDS: readonly string[] = [...CHANNELS, "best"];
/** With `proceed: delivered`, and nothing said. */
const WITHIN: Millis = HOUR;
/** How long a message may wait that says nothing of it. */
export const HOLD: Millis = 72 * HOUR;

export type Send = Omit<SendStep, "path" | "ifFailed" | "ifLate" | "ifBlocked" | "ifExpired">;

export function compileSend(verb: Entry, map: MapNode, within: ActionScope): Send | undefined {
  const { scope } = within;
  const { report, names } = scope;
  const template = templateOf(verb.value, scope);
  const viaEntry = entryOf(map, "via");
  const via = viaEntry === undefined ? { via: [] } : viaOf(viaEntry, template, scope);
  const proceed = wordOf(entryOf(map, "proceed"), ["accepted", "delivered", "queued"] as const, report);
  const purpose = wordOf(entryOf(map, "purpose"), ["marketing", "reply", "transactional"] as const, report);
  if (entryOf(map, "proceed") === undefined || (proceed !== undefined && proceed !== "delivered")) {
    for (const key of ["if_late", "within"]) {
      const entry = entryOf(map, key);
      if (entry !== undefined) report.error("never-taken", entry.place, `"${key}" needs proceed: delivered.`);
    }
  }
  const confirmed = millisOf(entryOf(map, "within"), report);
  const hold = millisOf(entryOf(map, "hold"), report);
  const from = fromOf(entryOf(map, "from"), scope);
  const subject = subjectOf(entryOf(map, "subject"), template, via?.via ?? [], within);
  const values = valuesOf(entryOf(map, "with"), scope);
  const urgent = flagOf(entryOf(map, "urgent"), report) ?? false;
  if (template === undefined || via === undefined) return undefined;
  return {
    verb: "send",
    template: template.id,
    ...via,
    proceed: proceed ?? "accepted",
    within: confirmed ?? WITHIN,
    hold: hold ?? names.defaults.hold ?? HOLD,
    purpose: purpose ?? "marketing",
    urgent,
    ...given<Pick<Send, "with" | "from" | "subject">>({ with: values, from, subject }),
  };
}

function templateOf(node: Node, { report, names }: Scope): Template | undefined {
  if (!isText(node)) {
    return report.error("bad-value", node.place, `"send" takes the id of a template, not ${shown(node)}.`);
  }
  const found = names.templates.get(node.value);
  if (found !== undefined) return found.template;
  if (node.value.includes("{{")) {
    return report.error("template-outside-text", node.place, '"{{ }}" works only in text for people.');
  }
  const message = `there is no template "${node.value}".${didYouMean(node.value, names.templates.keys())}`;
  return report.error("unknown-template", node.place, message);
}

type Via = Pick<SendStep, "via" | "best">;

/** `sms`, `[email, sms]`, `best`, or `{ best: [sms, email] }`: the best of these, then the others. */
function viaOf(entry: Entry, template: Template | undefined, scope: Scope): Via | undefined {
  const { report } = scope;
  const { value } = entry;
  if (value.kind === "scalar" && value.text === "best") return { via: [], best: true };
  if (value.kind !== "map") {
    const via = channelsOf("via", value, template, scope);
    return via === undefined ? undefined : { via };
  }
  const best = entryOf(value, "best");
  if (best === undefined || value.entries.length !== 1) {
    return report.error("bad-value", value.place, '"via" takes channels, best, or { best: [sms, email] }.');
  }
  const via = channelsOf("best", best.value, template, scope);
  return via === undefined ? undefined : { via, best: true };
}

function channelsOf(
  key: string,
  node: Node,
  template: Template | undefined,
  scope: Scope,
): readonly ChannelName[] | undefined {
  const { report } = scope;
  const items = node.kind === "list" ? node.items : [node];
  if (items.length === 0) {
    return report.error("empty-list", node.place, `"${key}" of nothing reaches nobody. Name a channel.`);
  }
  const channels = items.map((item, index) => {
    const channel = channelOf(item, template, scope);
    const word = item.kind === "scalar" ? item.text : "";
    if (items.slice(0, index).some((other) => other.kind === "scalar" && other.text === word)) {
      return report.error("repeated-channel", item.place, `"${word}" is listed twice.`);
    }
    return channel;
  });
  return channels.every((channel) => channel !== undefined) ? (channels as ChannelName[]) : undefined;
}

function channelOf(node: Node, template: Template | undefined, { report, names }: Scope): ChannelName | undefined {
  const word = node.kind === "scalar" ? node.text : shown(node);
  const channel = CHANNELS.find((name) => name === word);
  if (word === "best") {
    return report.error("bad-value", node.place, '"best" is not one of several: write via: { best: [sms, email] }.');
  }
  if (channel === undefined) {
    const message = `"${word}" is not a channel. Channels: ${WORDS.join(", ")}.${didYouMean(word, WORDS)}`;
    return report.error("unknown-channel", node.place, message);
  }
  if (template === undefined || template.order.includes(channel)) return channel;
  const place = names.templates.get(template.id)?.place;
  const where = place === undefined ? "" : ` (${place.file}:${place.line}:${place.column})`;
  const message = `template "${template.id}"${where} has no "${channel}" body. It has: ${template.order.join(", ")}.`;
  return report.error("no-body", node.place, message);
}

/** Values for the template, under names of its own. */
function valuesOf(entry: Entry | undefined, scope: Scope): SendStep["with"] | undefined {
  if (entry === undefined) return undefined;
  const named = (key: string, place: Entry["place"]) =>
    ID.test(key) ? ("any" as const) : scope.report.error("bad-id", place, "a value is named by a word: offer.");
  return givenMap(entry, named, scope);
}

function fromOf(entry: Entry | undefined, { report }: Scope): string | undefined {
  const text = textOf(entry, report);
  if (text === undefined || text.value === "owner" || USER.test(text.value)) return text?.value;
  const sender = senderText(text.value);
  if (sender !== undefined) return sender;
  const message = `"from" takes owner, user.<id>, a number such as "+15125550100" or an address without a name, not "${text.value}".`;
  return report.error("bad-value", text.place, message);
}

/** In place of the template's own: what a variant of a test changes most. */
function subjectOf(
  entry: Entry | undefined,
  template: Template | undefined,
  via: readonly ChannelName[],
  within: ActionScope,
): string | undefined {
  if (entry === undefined) return undefined;
  const channels = via.length > 0 ? via : (template?.order ?? ["email"]);
  if (!channels.includes("email")) {
    within.scope.report.error("never-taken", entry.place, '"subject" needs the channel email.');
  }
  return peopleText(entry.value, "subject", within);
}
