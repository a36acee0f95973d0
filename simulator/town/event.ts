// What happens in the town: what a lead does, and where its story ends.

import type { Instant } from "../../src/kernel/time.ts";
import type { Listing } from "./catalog.ts";

type TownChannel = "email" | "sms" | "whatsapp" | "call";

/** What reaches a lead. */
export interface TownMessage {
  /** Names the message in every draw; unique within the lead. */
  readonly id: string;
  readonly channel: TownChannel;
  readonly at: Instant;
  /** How well its aim fits this lead, -1 to 1. */
  readonly relevance: number;
  /** Links in the text, in order: what a click or a scanner can follow. */
  readonly links: readonly string[];
}

export type TownAct =
  | { readonly type: "visited"; readonly url: string; readonly seconds: number }
  | { readonly type: "viewed"; readonly home: Listing; readonly seconds: number }
  | { readonly type: "favorited"; readonly home: Listing }
  | { readonly type: "form_started" | "form_submitted"; readonly form: string }
  | { readonly type: "downloaded"; readonly document: string }
  | { readonly type: "opened"; readonly message: string; readonly by: "person" | "proxy" }
  | { readonly type: "clicked"; readonly message: string; readonly by: "person" | "scanner"; readonly link: string }
  | { readonly type: "unsubscribed"; readonly message: string }
  | {
      readonly type: "replied";
      readonly channel: Exclude<TownChannel, "call">;
      readonly message: string;
      readonly text: string;
    }
  | { readonly type: "answered" | "missed"; readonly message: string }
  | { readonly type: "booked"; readonly start: Instant }
  | { readonly type: "held" | "stood_up"; readonly start: Instant }
  | { readonly type: "signed" | "closed"; readonly value: number }
  // never seen by anybody, in the truth file only
  | { readonly type: "cooled" | "woke" | "bought_elsewhere" };

export type TownEvent = TownAct & {
  readonly at: Instant;
  /** The lead's key. */
  readonly lead: number;
  /** Orders what falls on one millisecond. */
  readonly purpose: string;
};

/** Time, lead, purpose: a total order without any reference to how it was computed. */
export function byTime(a: TownEvent, b: TownEvent): number {
  return a.at - b.at || a.lead - b.lead || (a.purpose < b.purpose ? -1 : a.purpose > b.purpose ? 1 : 0);
}
