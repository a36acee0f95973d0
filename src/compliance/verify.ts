// Whether what we kept is what we wrote: every hash is made again, link by link. Pure.

import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";

/** A link of either chain: what its hash was made of, and what it says it is. */
export interface ChainLink {
  readonly lead: string;
  /** For people: which decision, or which message. */
  readonly name: string;
  readonly body: JsonObject;
  /** The hash of the one before, where the link itself names it. */
  readonly before?: string;
  /** Its place, where links are numbered. */
  readonly n?: number;
  readonly hash: string;
}

export interface Broken {
  readonly lead: string;
  readonly name: string;
  readonly what: "changed" | "missing before";
}

/**
 * Follows links as they come, each lead's oldest first, and answers the first that does not hold. The first link that is
 * still there is taken at its word about the one before: what is past its time is deleted from the front.
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
      const before = first ? link.before : (last as ChainLink).hash;
      const gap = !first && link.n !== undefined && link.n !== ((last as ChainLink).n ?? 0) + 1;
      const named = link.before !== undefined && link.before !== before;
      last = link;
      checked += 1;
      if (gap || named) return { lead: link.lead, name: link.name, what: "missing before" };
      // a link that does not name the one before cannot be made again where that one is gone
      if (before === undefined) return undefined;
      return sha256(before + canonicalJson(link.body)) === link.hash
        ? undefined
        : { lead: link.lead, name: link.name, what: "changed" };
    },
  };
}
