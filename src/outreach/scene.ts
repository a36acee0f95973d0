// What outreach decides with: a location's rules, one lead's case, and how both become a check of a channel.

import { type JsonObject, own } from "../kernel/json.ts";
import { type Instant, MINUTE } from "../kernel/time.ts";
import type { ChannelName, Lead } from "../leads/index.ts";
import type { FolderSettings, MessageEffect, Template } from "../workflows/index.ts";
import type { Habits } from "./choice/best.ts";
import type { Check, HouseRules, Paused } from "./law/policy.ts";
import { leadPlaces } from "./law/zones.ts";
import type { Lines, Senders } from "./letter/from.ts";
import type { RenderFailure } from "./letter/render.ts";
import type { Signer } from "./letter/signed.ts";
import { type Forms, formsOf } from "./letter/window.ts";
import type { AddressFacts, MessageRules, OutboxRow, Refusals, Rendered, Send, StoredMessage } from "./message.ts";

/** What is true of a location while its leads are decided. */
export interface OutreachScene {
  readonly location: string;
  /** The location's own zone (IANA). */
  readonly zone: string;
  readonly house: HouseRules;
  readonly templates: Readonly<Record<string, Template>>;
  render(template: Template, channel: ChannelName, values: JsonObject, zone: string): Rendered | RenderFailure;
  /** The zone in which a lead's local times are read. */
  clockZone(lead: Lead, now: Instant): string;
  /** What names in templates and steps stand for at this location; absent: for nothing. */
  readonly means?: Means;
}

export interface Means {
  /** Id of the CRM's workflow that a name is mapped to, or that is called so. */
  crmWorkflow(name: string): string | undefined;
  /** The address under which the CRM finds a file that lies beside the workflows. */
  media(name: string): string | undefined;
  /** From whom messages may come. */
  readonly senders: Senders;
  readonly signer?: Signer;
  /** The foot of marketing e-mails, with the postal address where there is one; absent: they have none. */
  readonly foot?: { readonly postal?: string };
}

/** One lead, as far as the right to write to it goes. Plain JSON but for `now`'s choice: the sender has it, too. */
export interface LeadFacts {
  readonly now: Instant;
  readonly lead: Lead;
  /** Normalized, by `addressesOf`. */
  readonly to: { readonly phone?: string; readonly email?: string };
  readonly addresses: AddressFacts;
  /** Its open outbox rows: those queued or on their way count as sent. */
  readonly rows: readonly OutboxRow[];
  /** When the lead last wrote, by channel. */
  readonly lastInboundAt?: Readonly<Partial<Record<ChannelName, Instant>>>;
  /** When a person of the team last wrote to it, or talked to it. */
  readonly agentContactAt?: Instant;
  /** The number or address of ours that its conversation last used. */
  readonly lines?: Lines;
  /** Whom receivers refuse as a sender at this location. */
  readonly refusals?: Refusals;
}

/** One lead in its turn. */
export interface OutreachCase extends LeadFacts {
  /** Something of the lead prompted the turn: what is decided in any other is *bulk*. */
  readonly prompted: boolean;
  /** Merge fields for one message: contact, agent, appointment, event, link. */
  fields(effect: MessageEffect): JsonObject;
  /** What it did about our messages, by channel; and what all leads of the location did. */
  readonly habits?: Habits;
  readonly rates?: Habits;
  /** Whether a hash is of the number or address that the lead has now. */
  isTheirs?(family: "phone" | "email", hash: string): boolean;
  /** Whether its run or workflow is paused. */
  paused?(about: { readonly run?: string; readonly workflow: string }): Paused | undefined;
  /** Whether the run still goes on: failover happens only while it does. */
  active(run: string): boolean;
}

/** What the built-in rules, the folder and the location say together. Lists add up, so the strictest binds. */
export function houseRules(folder: FolderSettings, own: Partial<HouseRules> = {}): HouseRules {
  return {
    pack: own.pack ?? "careful",
    quietHours: [...(folder.quietHours === undefined ? [] : [folder.quietHours]), ...(own.quietHours ?? [])],
    emailQuietHours: folder.emailQuietHours === true || own.emailQuietHours === true,
    caps: [...folder.caps, ...(own.caps ?? [])],
    ...(own.agentQuietMinutes === undefined ? {} : { agentQuietMinutes: own.agentQuietMinutes }),
    ...(own.holds === undefined ? {} : { holds: own.holds }),
    ...(own.lift === undefined ? {} : { lift: own.lift }),
    ...(own.consent === undefined ? {} : { consent: own.consent }),
  };
}

export function outreachScene(parts: Omit<OutreachScene, "clockZone">): OutreachScene {
  return { ...parts, clockZone: (lead, now) => leadPlaces(lead, parts.zone, now).clockZone };
}

/** Minutes. A judgment: nobody has measured it. */
const AGENT_QUIET = 60;

/** The rules a message carries, from its effect or from its outbox row. */
export interface MessageOf extends Pick<MessageRules, "purpose" | "caps" | "quietHours" | "workflow"> {
  readonly id: string;
  readonly run?: string;
  /** The address that an e-mail comes from; absent: the CRM picks it. */
  readonly from?: string;
  /** How it may go by WhatsApp. */
  readonly forms?: Forms;
}

export const rulesOf = (row: OutboxRow): MessageRules => row.body as unknown as MessageRules;

/** @param both whether WhatsApp's other form may be taken instead: the turn chooses, the sender sends what was chosen */
export function messageOf(row: OutboxRow, message: Pick<StoredMessage, "rendered">, both = true): MessageOf {
  const { purpose, caps, quietHours, workflow } = rulesOf(row);
  const run = row.run === undefined ? {} : { run: row.run };
  const address = message.rendered.email?.from;
  const from = address === undefined ? {} : { from: address };
  const forms = message.rendered.whatsapp === undefined ? {} : { forms: formsOf(message.rendered.whatsapp, both) };
  return {
    id: row.id,
    ...run,
    ...from,
    ...forms,
    purpose,
    caps,
    workflow,
    ...(quietHours === undefined ? {} : { quietHours }),
  };
}

/** One channel's right, as a question that `permit` answers. */
export function checkOf(
  message: MessageOf,
  channel: ChannelName,
  scene: Pick<OutreachScene, "zone" | "house">,
  facts: LeadFacts,
  paused?: Paused,
): Check {
  const { lead } = facts;
  const to = channel === "email" ? facts.to.email : facts.to.phone;
  const lastInboundAt = facts.lastInboundAt?.[channel];
  const wrote = wroteAt(facts);
  const agentAt = facts.agentContactAt;
  const domain = message.from?.slice(message.from.lastIndexOf("@") + 1).toLowerCase() ?? "";
  const sender = channel === "email" ? domain : channel;
  const refused = own(facts.refusals ?? {}, sender);
  const boughtAt = Object.values(lead.opportunities)
    .filter(({ status, changedAt }) => status === "won" && changedAt <= facts.now)
    .map(({ changedAt }) => changedAt)
    .toSorted((a, b) => b - a)[0];
  return {
    channel,
    purpose: message.purpose,
    now: facts.now,
    message: message.id,
    workflow: message.workflow,
    consent: lead.consent,
    addresses: facts.addresses,
    places: leadPlaces(lead, scene.zone, facts.now),
    house: scene.house,
    caps: message.caps,
    waiting: waiting(facts),
    ...(lead.asOf["dnd"] === undefined ? {} : { consentAt: lead.asOf["dnd"] }),
    ...(lead.contact.source === undefined ? {} : { source: lead.contact.source }),
    ...(lead.createdAt === undefined ? {} : { knownSince: lead.createdAt }),
    ...(lead.consents === undefined ? {} : { consents: lead.consents }),
    ...(lead.inquiredAt === undefined ? {} : { inquiredAt: lead.inquiredAt }),
    ...(boughtAt === undefined ? {} : { transactionAt: boughtAt }),
    ...(to === undefined || lead.deleted ? {} : { to }),
    ...(message.quietHours === undefined ? {} : { quietHours: message.quietHours }),
    ...(paused === undefined ? {} : { paused }),
    ...(agentAt === undefined
      ? {}
      : { agentActive: { at: agentAt, until: agentAt + (scene.house.agentQuietMinutes ?? AGENT_QUIET) * MINUTE } }),
    ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
    ...(wrote === undefined ? {} : { wroteAt: wrote }),
    ...(message.forms === undefined || channel !== "whatsapp" ? {} : { forms: message.forms }),
    ...(refused === undefined ? {} : { refused: { ...refused, domain: sender } }),
  };
}

/** When the lead last wrote, called, or asked by a form. */
export function wroteAt({ lastInboundAt = {}, lead, now }: LeadFacts): Instant | undefined {
  const said = [...Object.values(lastInboundAt), lead.inquiredAt].filter((at) => at !== undefined && at <= now);
  return said.length === 0 ? undefined : Math.max(...(said as Instant[]));
}

function waiting({ rows, now }: LeadFacts): Send[] {
  return rows.flatMap((row) => {
    const channel = row.channels[row.place];
    const counts = row.state === "queued" || row.state === "sending" || row.state === "unconfirmed";
    if (row.kind !== "message" || channel === undefined || !counts) return [];
    return [{ at: now, channel, workflow: rulesOf(row).workflow, message: row.id }];
  });
}
