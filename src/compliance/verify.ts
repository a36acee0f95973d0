// Whether what we kept is what we wrote: every hash is made again, link by link. Pure.

import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";

/** A link of either chain: what its hash was made of, and what it says it is. */
export interface ChainLink {
  readonly lead: string;
  /** For people: which decision, or which message. */
  readonly name: string;
  readonly body: JsonObject;
  /** The hash of the one before, where the link itself names it. */
  readonly before?: string;
  /** What retention took out before it: the hash of the last that is gone; null: from before that was kept. */
  readonly gap?: string | null;
  /** Its place, where links are numbered. */
  readonly n?: number;
  readonly hash: string;
}

export interface Broken {
  readonly lead: string;
  readonly name: string;
  readonly what: "changed" | "missing" | "missing before" | "missing after";
}

/** Where a chain ends, told apart from its links. */
export interface Head {
  readonly lead: string;
  readonly hash: string;
  /** When its last link was made. */
  readonly at: Instant;
}

/** The heads whose last link is not the one that is there. What is past its time may be gone. */
export const endless = (
  heads: readonly (Head & { readonly last: string | null })[],
  since: Instant,
  name: string,
): Broken[] =>
  heads
    .filter(({ hash, last, at }) => hash !== last && at >= since)
    .map(({ lead }) => ({ lead, name, what: "missing after" }));

/** A proof and what is kept beside it of its message. */
export interface Beside {
  readonly lead: string;
  readonly message: string;
  readonly at: Instant;
  readonly body: JsonObject;
  /** What the lead would read on the proof's channel. */
  readonly rendered: JsonObject | null;
  /** There is the message, with or without that channel. */
  readonly there: boolean;
  readonly templateHash: string | null;
  readonly decided: readonly JsonObject[] | null;
  /** The verdicts at the moment of sending. */
  readonly checked: readonly JsonObject[] | null;
  /** It is the message's last proof, and it was sent: one that was put off may be rendered and checked anew. */
  readonly sent: boolean;
}

/**
 * What of a message is not as its proof says.
 *
 * @param since messages of proofs from then on are still kept
 */
export function unlike(proof: Beside, since: Instant): Broken | undefined {
  const { lead, message, body, rendered, there, templateHash, decided, checked, sent } = proof;
  const is = (name: string, what: Broken["what"]): Broken => ({ lead, name: `${name} of message ${message}`, what });
  if (body["at"] !== proof.at) return is("the instant of the proof", "changed");
  if (body["message"] !== message) return is("the proof", "changed");
  if (!there) return proof.at < since ? undefined : is("the text", "missing");
  if (!sent) return undefined; // put off, it may have been rendered and checked anew
  const { channel } = body;
  if (sha256(canonicalJson(rendered ?? {})) !== body["text"]) return is("the text", "changed");
  if (templateHash !== body["templateHash"]) return is("the template", "changed");
  const mine = (decided ?? []).filter((one) => one["channel"] === undefined || one["channel"] === channel);
  if (canonicalJson(mine) !== canonicalJson(body["decided"])) return is("the verdicts at decide", "changed");
  if (canonicalJson(checked) !== canonicalJson(body["checked"])) return is("the verdicts at send", "changed");
  return undefined;
}

/**
 * Follows links as they come, each lead's oldest first, and answers the first that does not hold. The first link that is
 * still there is taken at its word where it names the one before: what is past its time is deleted from the front. Where it
 * names none, it begins the chain, or stands behind what retention says that it took out.
 */
export function followChain(): { next(link: ChainLink): Broken | undefined; readonly checked: number } {
  let last: ChainLink | undefined;
  let checked = 0;
  return {
    get checked() {
      return checked;
    },
    next(link) {
      const first = last === undefined || last.lead !== link.lead;
      if (link.gap !== undefined) {
        last = link;
        checked += 1;
        if (link.gap === null || sha256(link.gap + canonicalJson(link.body)) === link.hash) return undefined;
        return { lead: link.lead, name: link.name, what: "changed" };
      }
      const before = first ? link.before : (last as ChainLink).hash;
      const gap = !first && link.n !== undefined && link.n !== ((last as ChainLink).n ?? 0) + 1;
      const named = link.before !== undefined && link.before !== before;
      last = link;
      checked += 1;
      if (gap || named) return { lead: link.lead, name: link.name, what: "missing before" };
      if (sha256((before ?? "") + canonicalJson(link.body)) === link.hash) return undefined;
      return { lead: link.lead, name: link.name, what: before === undefined ? "missing before" : "changed" };
    },
  };
}
