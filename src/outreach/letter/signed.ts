// Addresses of ours in messages: links that say who followed them, and the way out of an e-mail. Pure; what signs them
// is given.

import type { Json, JsonObject } from "../../kernel/json.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Template } from "../../workflows/index.ts";
import type { Rendered } from "../message.ts";
import { APPENDED, segments } from "./segments.ts";

/** Absent where nobody outside reaches us: then links stay as they are. */
export interface Signer {
  /** The address that stands for a target in this message. */
  link(about: {
    readonly message: string;
    readonly channel: ChannelName;
    readonly place: number;
    readonly target: string;
  }): string;
  /** The page on which this message's reader may say that it was the last. */
  unsubscribe(about: { readonly message: string; readonly email: string }): string;
  /** Hosts of the team's own pages. */
  hosts(): readonly string[];
}

/** More links than these in one message stay as they are. */
const MOST_LINKS = 60;
const LINK = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/g;
const WRITTEN = /https?:\/\/([^\s<>"'/{?#]+)/g;

/**
 * The hosts that a message's links may have to be signed: those written into its template, and those of the location's
 * own links and pages. An address that came in with a lead's name is not ours to vouch for.
 */
export function hostsOf(template: Template, links: Json | undefined, own: readonly string[]): ReadonlySet<string> {
  const texts = [template.sms, template.whatsapp, template.email?.body, template.email?.html];
  const written = texts.flatMap((text) =>
    [...(text ?? "").matchAll(WRITTEN)].map(([, host]) => (host ?? "").toLowerCase()),
  );
  return new Set([...written, ...leaves(links).flatMap(hostOf), ...own]);
}

const hostOf = (address: string): string[] => (URL.canParse(address) ? [new URL(address).host] : []);

const leaves = (value: Json | undefined): string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value as JsonObject).flatMap(leaves);
};

/** The message with its links signed, and what they stand for by place. Longer than a channel takes, it stays as it is. */
export function signed(
  rendered: Rendered,
  {
    hosts,
    sign,
    most = Number.POSITIVE_INFINITY,
  }: { hosts: ReadonlySet<string>; sign: (place: number, target: string) => string; most?: number },
): Rendered {
  const links: string[] = [];
  const address = (found: string): string => {
    if (!URL.canParse(found)) return found;
    const { host, protocol, username } = new URL(found);
    if (protocol !== "https:" || username !== "" || !hosts.has(host) || isOwnLink(found)) return found;
    const known = links.indexOf(found);
    if (known < 0 && links.length >= MOST_LINKS) return found;
    const place = known < 0 ? links.push(found) - 1 : known;
    return sign(place, found);
  };
  const text = rendered.text?.replace(LINK, address);
  const html = rendered.html === undefined ? undefined : anchors(rendered.html, address);
  if (links.length === 0 || (text?.length ?? 0) > most) return rendered;
  const counted = rendered.segments === undefined || text === undefined ? undefined : segments(text, APPENDED);
  return {
    ...rendered,
    links,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    ...(counted === undefined ? {} : { segments: counted.segments, encoding: counted.encoding }),
  };
}

/** Links that can be clicked. One whose words are its own address shows the address it leads to. */
function anchors(html: string, address: (found: string) => string): string {
  return html.replace(
    /(<a\b[^>]*?\shref\s*=\s*)(?:"([^"]*)"|'([^']*)')([^>]*>)([^<]*)/gi,
    (whole, before: string, double: string | undefined, single: string | undefined, after: string, words: string) => {
      const target = (double ?? single ?? "").replaceAll("&amp;", "&").trim();
      const ours = address(target);
      if (ours === target) return whole;
      const shown = words.trim().replaceAll("&amp;", "&") === target ? words.replace(words.trim(), () => ours) : words;
      return `${before}"${ours}"${after}${shown}`;
    },
  );
}

/** A link of ours, as a provider that counts clicks reports it: the click has been told already, or was the way out. */
export const isOwnLink = (link: string | undefined): boolean =>
  link !== undefined && /\/[lu]\/1[A-Za-z0-9_-]{20,60}(?:[?#]|$)/.test(link);
