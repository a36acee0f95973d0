// From which number or address a message leaves, and why. Pure.

import type { Instant } from "../../kernel/time.ts";
import type { ChannelName, User } from "../../leads/index.ts";
import type { FolderSettings } from "../../workflows/index.ts";

/** Channels on which we may say who writes; a call's number is its CRM workflow's business. */
export type FromChannel = Exclude<ChannelName, "voice">;

/** The number or address of ours that a lead's conversation last used, by channel. */
export type Lines = Readonly<Partial<Record<ChannelName, { readonly address: string; readonly at: Instant }>>>;

/** From whom messages of a location may come. Numbers are E.164; e-mail addresses are bare and in lower case. */
export interface Senders {
  /** By CRM user id. */
  readonly users: Readonly<
    Record<string, { readonly name?: string; readonly number?: string; readonly email?: string }>
  >;
  /** Whether agents write under their own number and address. */
  readonly agents: boolean;
  /** The location's own, where nothing else says. */
  readonly own: Readonly<Partial<Record<FromChannel, string>>>;
  /** All of the above, and what the settings name beside them. */
  readonly known: ReadonlySet<string>;
}

/** What decided. `crm`: nothing did, and the CRM picks. */
export interface SenderChoice {
  readonly by: "step" | "conversation" | "agent" | "location" | "crm";
  /** Absent: the CRM picks. */
  readonly from?: string;
  /** Whose it is, where the catalog has a name. */
  readonly who?: string;
  /** What came before it in order and could not be used, as it was named. */
  readonly skipped?: readonly { readonly said: string; readonly why: "none" | "unknown" }[];
}

export interface SenderAsked {
  readonly channel: FromChannel;
  /** What the step says: owner, user.<id>, a number or an address. */
  readonly said?: string;
  /** CRM user id of the lead's agent. */
  readonly owner?: string;
  readonly lines?: Lines;
}

const NUMBER = /^\+[1-9]\d{7,14}$/;
const ADDRESS = /^[^\s<>@",;]+@[^\s<>@",;]+\.[^\s<>@",;]+$/;

/** @returns the number or address as it is compared; undefined for anything else: the CRM refuses a display name */
export function bareSender(channel: FromChannel, text: string | undefined): string | undefined {
  const bare = text?.trim();
  if (bare === undefined) return undefined;
  if (channel === "email") return ADDRESS.test(bare) ? bare.toLowerCase() : undefined;
  return NUMBER.test(bare) ? bare : undefined;
}

/** What the catalog and the folder's settings say together. */
export function sendersOf(
  users: Readonly<Record<string, User>>,
  gone: ReadonlySet<string>,
  settings: FolderSettings["senders"] = {},
): Senders {
  const people = Object.entries(users).flatMap(([id, { name, lcPhone, email }]) => {
    if (gone.has(id)) return [];
    const [number, address] = [bareSender("sms", lcPhone), bareSender("email", email)];
    const one = {
      ...(name === undefined ? {} : { name }),
      ...(number === undefined ? {} : { number }),
      ...(address === undefined ? {} : { email: address }),
    };
    return [[id, one] as const];
  });
  const { agents = false, others = [], ...own } = settings;
  const theirs = people.flatMap(([, { number, email }]) => [number, email]);
  const known = [...theirs, ...Object.values(own), ...others].flatMap((one) => one?.toLowerCase() ?? []);
  return { users: Object.fromEntries(people), agents, own, known: new Set(known) };
}

/**
 * The step's word, then the conversation's last number, then the agent's own, then the location's. A sender that the
 * location does not know is passed over: the CRM would refuse the message, and the lead would get nothing.
 */
export function chooseSender({ channel, said, owner, lines }: SenderAsked, senders: Senders | undefined): SenderChoice {
  const skipped: { said: string; why: "none" | "unknown" }[] = [];
  const chosen = (by: SenderChoice["by"], from: string | undefined, who?: string): SenderChoice => ({
    by,
    ...(from === undefined ? {} : { from }),
    ...(who === undefined ? {} : { who }),
    ...(skipped.length === 0 ? {} : { skipped }),
  });
  if (senders === undefined) return { by: "crm" };
  const ofUser = (id: string) => {
    const user = Object.hasOwn(senders.users, id) ? senders.users[id] : undefined;
    return { address: channel === "email" ? user?.email : user?.number, name: user?.name };
  };

  const user = said === "owner" ? owner : said?.startsWith("user.") ? said.slice("user.".length) : undefined;
  if (user !== undefined && said !== undefined) {
    const { address, name } = ofUser(user);
    if (address !== undefined) return chosen("step", address, name);
    skipped.push({ said, why: "none" });
  } else if (said !== undefined) {
    // a number is no word about the e-mail of the same step, nor the other way round
    const named = bareSender(channel, said);
    if (named !== undefined && senders.known.has(named)) return chosen("step", named);
    if (named !== undefined) skipped.push({ said: named, why: "unknown" });
  }

  const last = bareSender(channel, lines?.[channel]?.address);
  if (last !== undefined && senders.known.has(last)) return chosen("conversation", last);
  if (last !== undefined) skipped.push({ said: last, why: "unknown" });

  if (senders.agents && owner !== undefined) {
    const { address, name } = ofUser(owner);
    if (address !== undefined) return chosen("agent", address, name);
    skipped.push({ said: "owner", why: "none" });
  }
  const own = senders.own[channel];
  return own === undefined ? chosen("crm", undefined) : chosen("location", own);
}
