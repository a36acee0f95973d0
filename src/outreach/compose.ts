// A message's texts, one for every channel it could go out on, with the facts of now: failover sends what was decided,
// not something newer. Pure.

import type { Link } from "../insights/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { ChannelName } from "../leads/index.ts";
import type { MessageEffect, Template } from "../workflows/index.ts";
import type { Rendered, StoredMessage } from "./message.ts";
import type { RenderFailure } from "./render.ts";
import type { OutreachCase, OutreachScene } from "./scene.ts";

/** The channels of a template that have something to say. */
export const hasBody = (template: Template, channel: ChannelName): boolean => template[channel] !== undefined;

export interface Composed {
  readonly rendered: StoredMessage["rendered"];
  /** Why there is no text for a channel. */
  readonly failures: readonly Link[];
}

export function compose(
  effect: MessageEffect,
  template: Template | undefined,
  channels: readonly ChannelName[],
  scene: OutreachScene,
  facts: OutreachCase,
): Composed {
  const rendered: Partial<Record<ChannelName, Rendered>> = {};
  const failures: Link[] = [];
  if (template === undefined) return { rendered, failures };
  const values: JsonObject = {
    ...effect.with,
    ...facts.fields(effect),
    ...effect.values,
    ...(effect.with === undefined ? {} : { with: effect.with }),
  };
  const own = withSubject(template, effect.subject);
  for (const channel of channels) {
    const text = composeOne(effect, own, channel, values, scene, facts);
    if ("failed" in text) {
      const why = { channel, template: template.id, detail: text.failed };
      failures.push({ kind: "channel", status: "failed", code: "template.failed", values: why });
    } else rendered[channel] = text;
  }
  return { rendered, failures };
}

function composeOne(
  effect: MessageEffect,
  template: Template,
  channel: ChannelName,
  values: JsonObject,
  scene: OutreachScene,
  facts: OutreachCase,
): Rendered | RenderFailure {
  if (channel === "voice") return call(template, scene);
  const text = scene.render(template, channel, values, scene.clockZone(facts.lead, facts.now));
  if ("failed" in text || channel !== "email") return text;
  const attachments = attached(template, scene);
  if ("failed" in attachments) return attachments;
  const from = senderOf(effect, scene, facts);
  if (typeof from === "object") return from;
  return {
    ...text,
    ...(attachments.files.length === 0 ? {} : { attachments: attachments.files }),
    ...(from === undefined ? {} : { from }),
  };
}

/** The renderer remembers texts by the template's hash: another subject is another text. */
const withSubject = (template: Template, subject: string | undefined): Template =>
  subject === undefined || template.email === undefined
    ? template
    : { ...template, hash: `${template.hash}/${subject}`, email: { ...template.email, subject } };

/** A call is made by a workflow of the CRM: what it says is said there. */
function call({ id, voice }: Template, { means }: OutreachScene): Rendered | RenderFailure {
  const name = voice?.highlevelWorkflow;
  if (name === undefined) return { failed: `template ${id} has no voice body` };
  const workflow = means?.crmWorkflow(name);
  return workflow === undefined
    ? { failed: `the CRM has no workflow "${name}" that would call` }
    : { channel: "voice", text: name, workflow };
}

function attached({ email }: Template, { means }: OutreachScene): { files: readonly string[] } | RenderFailure {
  const files: string[] = [];
  for (const name of email?.attach ?? []) {
    const file = /^https:\/\//i.test(name) ? name : means?.media(name);
    if (file === undefined) return { failed: `there is no file "${name}" to attach, or no https address for it` };
    files.push(file);
  }
  return { files };
}

/** Whose e-mail address it comes from; undefined: the location's own. A lead without an owner has nobody else's. */
function senderOf(
  { from }: MessageEffect,
  { means }: OutreachScene,
  { lead }: OutreachCase,
): string | undefined | RenderFailure {
  if (from === undefined) return undefined;
  const user = from === "owner" ? lead.contact.assignedTo : from.replace(/^user\./, "");
  if (user === undefined) return undefined;
  return means?.userEmail(user) ?? { failed: `the location knows no e-mail address of ${from}` };
}
