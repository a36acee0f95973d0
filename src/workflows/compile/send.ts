// `send`: the template, the channels it may take, and what follows each outcome.

import { HOUR, type Millis } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { SendStep, Template } from "../plan.ts";
import { didYouMean } from "./diagnostic.ts";
import type { Scope } from "./names.ts";
import { asMap, DOTTED, flagOf, given, millisOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, shown } from "./source.ts";

const CHANNELS: readonly ChannelName[] = ["email", "sms"];
const LATER_CHANNELS: readonly string[] = ["whatsapp", "voice", "best"];
/** With `proceed: delivered`, and nothing said (language, 2.6). */
const WITHIN: Millis = HOUR;
const HOLD: Millis = 72 * HOUR;

export type Send = Omit<SendStep, "path" | "ifFailed" | "ifLate" | "ifBlocked" | "ifExpired">;

export function compileSend(verb: Entry, map: MapNode, scope: Scope): Send | undefined {
  const { report, names } = scope;
  const template = templateOf(verb.value, scope);
  const viaEntry = entryOf(map, "via");
  const via = viaEntry === undefined ? [] : viaOf(viaEntry, template, scope);
  const proceed = wordOf(entryOf(map, "proceed"), ["accepted", "delivered", "queued"] as const, report);
  const purpose = wordOf(entryOf(map, "purpose"), ["marketing", "reply", "transactional"] as const, report);
  if (entryOf(map, "proceed") === undefined || (proceed !== undefined && proceed !== "delivered")) {
    for (const key of ["if_late", "within"]) {
      const entry = entryOf(map, key);
      if (entry !== undefined) report.error("never-taken", entry.place, `"${key}" needs proceed: delivered.`);
    }
  }
  const within = millisOf(entryOf(map, "within"), report);
  const hold = millisOf(entryOf(map, "hold"), report);
  const values = valuesOf(entryOf(map, "with"), scope);
  const urgent = flagOf(entryOf(map, "urgent"), report) ?? false;
  if (template === undefined || via === undefined) return undefined;
  return {
    verb: "send",
    template: template.id,
    via,
    proceed: proceed ?? "accepted",
    within: within ?? WITHIN,
    hold: hold ?? names.defaults.hold ?? HOLD,
    purpose: purpose ?? "marketing",
    urgent,
    ...given<Pick<Send, "with">>({ with: values }),
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

function viaOf(entry: Entry, template: Template | undefined, scope: Scope): readonly ChannelName[] | undefined {
  const { report } = scope;
  if (entry.value.kind === "map") return report.notAvailable("best", entry.value.place);
  const items = entry.value.kind === "list" ? entry.value.items : [entry.value];
  if (items.length === 0) {
    return report.error("empty-list", entry.value.place, '"via" of nothing reaches nobody. Name a channel.');
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
  if (LATER_CHANNELS.includes(word)) return report.notAvailable(`via: ${word}`, node.place);
  const channel = CHANNELS.find((name) => name === word);
  if (channel === undefined) {
    const all = [...CHANNELS, ...LATER_CHANNELS];
    const message = `"${word}" is not a channel. Channels: ${all.join(", ")}.${didYouMean(word, all)}`;
    return report.error("unknown-channel", node.place, message);
  }
  if (template === undefined || template.order.includes(channel)) return channel;
  const place = names.templates.get(template.id)?.place;
  const where = place === undefined ? "" : ` (${place.file}:${place.line}:${place.column})`;
  const message = `template "${template.id}"${where} has no "${channel}" body. It has: ${template.order.join(", ")}.`;
  return report.error("no-body", node.place, message);
}

function valuesOf(entry: Entry | undefined, { report }: Scope): SendStep["with"] | undefined {
  const map = entry === undefined ? undefined : asMap(entry.value, '"with"', report);
  if (map === undefined) return undefined;
  const values: [string, string | number | boolean][] = [];
  for (const { key, place, value } of map.entries) {
    if (!DOTTED.test(key)) report.error("bad-id", place, "a value is named by a word: offer.");
    else if (value.kind === "map") report.notAvailable("with: { fact }", value.place);
    else if (value.kind !== "scalar" || value.value === null) {
      report.error("bad-value", value.place, `"${key}" takes a value, not ${shown(value)}.`);
    } else if (value.text.includes("{{")) {
      report.error("template-outside-text", value.place, '"{{ }}" works only in text for people.');
    } else values.push([key, value.value]);
  }
  return Object.fromEntries(values);
}
