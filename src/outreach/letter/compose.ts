// A message's texts, one for every channel it could go out on, with the facts of now: failover sends what was decided,
// not something newer. Pure.

import type { Link } from "../../insights/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { MessageEffect, Template } from "../../workflows/index.ts";
import type { Rendered, StoredMessage } from "../message.ts";
import type { OutreachCase, OutreachScene } from "../scene.ts";
import { withFoot } from "./footer.ts";
import { chooseSender, type FromChannel } from "./from.ts";
import type { RenderFailure } from "./render.ts";
import { SMS_LIMIT } from "./segments.ts";
import { hostsOf, signed } from "./signed.ts";
import { withTemplate } from "./window.ts";

/** The channels of a template that have something to say. */
export const hasBody = (template: Template, channel: ChannelName): boolean =>
  template[channel] !== undefined || (channel === "whatsapp" && template.whatsappWorkflow !== undefined);

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
  const unsubscribe = wayOut(effect, scene, facts);
  const values: JsonObject = {
    ...effect.with,
    ...facts.fields(effect),
    ...effect.values,
    unsubscribe_link: unsubscribe ?? "",
    ...(effect.with === undefined ? {} : { with: effect.with }),
  };
  const own = withSubject(template, effect.subject);
  for (const channel of channels) {
    const text = composeOne(effect, own, channel, values, scene, facts);
    if ("failed" in text) {
      const { failed: detail, link } = text;
      const why = { channel, template: template.id, detail, ...(link === undefined ? {} : { link }) };
      const code = link === undefined ? "template.failed" : "link.missing";
      failures.push({ kind: "channel", status: "off", code, values: why });
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
  const approved = channel === "whatsapp" ? approvedForm(template, scene) : undefined;
  if (approved !== undefined && template.whatsapp === undefined) return approved;
  const plain = scene.render(template, channel, values, scene.clockZone(facts.lead, facts.now));
  if ("failed" in plain) return plain;
  const text = withSender(withLinks(plain, effect, template, values, scene), channel, effect, scene, facts);
  if (approved !== undefined && !("failed" in approved)) return withTemplate(text, approved);
  if (channel === "whatsapp") return text;
  const attachments = attached((channel === "sms" ? template.smsAttach : template.email?.attach) ?? [], scene);
  if ("failed" in attachments) return attachments;
  if (channel === "sms") return withFiles(text, attachments.files);
  const { foot } = scene.means ?? {};
  const unsubscribe = wayOut(effect, scene, facts);
  const footed =
    foot === undefined || effect.purpose !== "marketing"
      ? text
      : withFoot(text, { ...foot, ...(unsubscribe === undefined ? {} : { unsubscribe }) });
  return withFiles(footed, attachments.files);
}

/** A text with files goes as an MMS: charged as one message, whatever its length, so nothing is said of parts. */
function withFiles(text: Rendered, attachments: readonly string[]): Rendered {
  if (attachments.length === 0) return text;
  const { segments: _segments, encoding: _encoding, ...rest } = text;
  return { ...rest, attachments };
}

/** The page on which the reader of this e-mail says that it was the last. */
function wayOut({ id }: MessageEffect, { means }: OutreachScene, { to }: OutreachCase): string | undefined {
  return to.email === undefined ? undefined : means?.signer?.unsubscribe({ message: id, email: to.email });
}

/** Signed after rendering, so that what is counted is what is sent. */
function withLinks(
  rendered: Rendered,
  { id }: MessageEffect,
  template: Template,
  values: JsonObject,
  { means }: OutreachScene,
): Rendered {
  const signer = means?.signer;
  if (signer === undefined) return rendered;
  const { channel } = rendered;
  return signed(rendered, {
    hosts: hostsOf(template, values["link"], signer.hosts()),
    sign: (place, target) => signer.link({ message: id, channel, place, target }),
    ...(channel === "sms" ? { most: SMS_LIMIT } : {}),
  });
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

/** The CRM's workflow that sends a template. With a text beside it, one that nobody has mapped leaves the text as it is. */
function approvedForm(
  { id, whatsappWorkflow: name }: Template,
  { means }: OutreachScene,
): Rendered | RenderFailure | undefined {
  if (name === undefined) return undefined;
  const workflow = means?.crmWorkflow(name);
  return workflow === undefined
    ? { failed: `the CRM has no workflow "${name}" that would send template ${id}` }
    : { channel: "whatsapp", text: name, workflow };
}

function attached(names: readonly string[], { means }: OutreachScene): { files: readonly string[] } | RenderFailure {
  const files: string[] = [];
  for (const name of names) {
    const file = /^https:\/\//i.test(name) ? name : means?.media(name);
    if (file === undefined) return { failed: `there is no file "${name}" to attach, or no https address for it` };
    files.push(file);
  }
  return { files };
}

/** Where nothing says from where, nothing is kept of it. A lead without an owner has nobody else's. */
function withSender(
  text: Rendered,
  channel: FromChannel,
  { from: said }: MessageEffect,
  { means }: OutreachScene,
  { lead, lines }: OutreachCase,
): Rendered {
  const owner = lead.contact.assignedTo;
  const sender = chooseSender(
    {
      channel,
      ...(said === undefined ? {} : { said }),
      ...(owner === undefined ? {} : { owner }),
      ...(lines === undefined ? {} : { lines }),
    },
    means?.senders,
  );
  if (sender.by === "crm" && sender.skipped === undefined) return text;
  return { ...text, ...(sender.from === undefined ? {} : { from: sender.from }), sender };
}
