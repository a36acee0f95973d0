// The right to write, as conditions ask for it. What may really leave is decided by outreach, twice.

import { addressesOf } from "../outreach/index.ts";
import type { Desk } from "./desk.ts";

export function mayWrite(desk: Desk, channel: "sms" | "email"): boolean {
  const { consent, contact } = desk.lead;
  const to = addressesOf(contact);
  const family = channel === "email" ? "email" : "phone";
  return (
    !consent.all &&
    consent.channels[channel] === undefined &&
    to[family] !== undefined &&
    desk.known[family]?.optedOutAt === undefined
  );
}

/** The lead left, and no channel is left to it: every run ends. A lead who merely has no address has not opted out. */
export function optedOut(desk: Desk): boolean {
  const { consent } = desk.lead;
  const left =
    consent.all ||
    Object.keys(consent.channels).length > 0 ||
    desk.known.phone?.optedOutAt !== undefined ||
    desk.known.email?.optedOutAt !== undefined;
  return left && !mayWrite(desk, "sms") && !mayWrite(desk, "email");
}
