// What a turn learns of a lead's number and address, and what the CRM is told of it.

import type { Link } from "../insights/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Lead } from "../leads/index.ts";
import {
  type AddressChange,
  addressesOf,
  addressKey,
  afterChange,
  closable,
  dndRow,
  type OutboxRow,
  withFaults,
} from "../outreach/index.ts";
import type { Desk } from "./desk.ts";
import { REPLY_WITHIN } from "./load.ts";
import { present } from "./trace.ts";

/**
 * Into the turn's copy and among what is to be saved; of another number than the contact's, there alone. An opt-out or its end is
 * told to the CRM, too.
 */
export function learn(desk: Desk, changes: readonly AddressChange[]): void {
  for (const given of changes) {
    const { faults: learnt, family, address } = given;
    if (address === undefined || address !== addressesOf(desk.lead.contact)[family]) {
      desk.addresses.push(given);
      continue;
    }
    // of a number that the contact was given in this turn nothing has been read
    if (desk.knownOf[family] !== address) {
      const { [family]: _, ...others } = desk.known;
      desk.known = others;
      desk.knownOf = { ...desk.knownOf, [family]: address };
    }
    if (learnt === undefined && afterwards(desk, given) === desk.known[family]) continue; // nothing that was not known
    const change = toldToCrm(desk, given);
    desk.addresses.push(change);
    const { faults, ...rest } = afterwards(desk, change);
    desk.known = { ...desk.known, [family]: { ...rest, ...present({ faults: withFaults(faults, change.faults) }) } };
  }
}

/** The contact was given another number or address, maybe one that it had before: whoever did so says that it is good. */
export function readdressed(desk: Desk, before: Lead): void {
  const [was, is] = [addressesOf(before.contact), addressesOf(desk.lead.contact)];
  for (const family of ["phone", "email"] as const) {
    if (is[family] === was[family]) continue;
    // since when it has had what it is first heard of with, nobody can tell
    if (before.asOf["contact"] !== undefined)
      desk.given = { ...desk.given, [family]: desk.lead.asOf["contact"] ?? desk.clock };
    if (was[family] === undefined) continue;
    leave(desk, family, was[family]);
    if (is[family] !== undefined) learn(desk, [{ family, address: is[family], faults: null }]);
  }
}

/** What was sent to a number that the contact has no more may still be answered from there. */
function leave(desk: Desk, family: "phone" | "email", address: string): void {
  const sentAt = desk.knownOf[family] === address ? desk.known[family]?.sends.at(-1)?.at : undefined;
  if (sentAt === undefined || sentAt + REPLY_WITHIN < desk.clock) return;
  const others = desk.formerly.filter((one) => one.family !== family || one.address !== address);
  desk.formerly = [...others, { family, address, until: sentAt + REPLY_WITHIN }];
}

/** The number or address is good again, says the lead by writing from it or a person: what was closed there is open. */
export function liftFaults(desk: Desk, family: "phone" | "email", why: "heard" | "person", by?: string): void {
  const address = addressesOf(desk.lead.contact)[family];
  const { faults } = desk.known[family] ?? {};
  if (address === undefined || faults === undefined) return;
  learn(desk, [{ family, address, faults: null }]);
  const closed = Object.entries(faults).flatMap(([channel, { badAt }]) => (badAt === undefined ? [] : [channel]));
  if (closed.length === 0) return;
  const values = { family, channels: closed, why, ...(by === undefined ? {} : { by }) };
  const link: Link = { kind: "permission", status: "done", code: "address.reopened", values, at: desk.clock };
  desk.drafts.push({ at: desk.clock, kind: "effect", verdict: "done", links: [link] });
}

/** Whether a hash is of the number or address that the lead has now. */
export function isTheirs(desk: Desk, family: "phone" | "email", hash: string): boolean {
  const address = addressesOf(desk.lead.contact)[family];
  return address !== undefined && addressKey(desk.scene.addressKey, family, address) === hash;
}

/** An opt-out closes the CRM's own switch, whoever heard of it first; what takes it back opens again what we had closed. */
function toldToCrm(desk: Desk, change: AddressChange): AddressChange {
  const { family, optedOutAt, optOut } = change;
  const { optedOutAt: before, optOut: had } = desk.known[family] ?? {};
  const about = {
    id: idFrom(desk.scene.location, desk.case.id, family, String(optedOutAt ?? desk.clock), "dnd"),
    now: desk.scene.now,
  };
  if (change.takes !== undefined) {
    const isOver = before !== undefined && afterwards(desk, change).optedOutAt === undefined;
    if (isOver) closeOrOpen(desk, dndRow(desk.lead, "open", had?.closed ?? [], about));
    return change;
  }
  // a carrier's opt-out is its own block, which the CRM knows; what comes over another is closed already
  if (optedOutAt === undefined || before !== undefined || optOut === undefined || optOut.by === "carrier")
    return change;
  const closed = closable(desk.lead, family);
  closeOrOpen(desk, dndRow(desk.lead, "blocked", closed, about));
  return closed.length === 0 ? change : { ...change, optOut: { ...optOut, closed } };
}

const afterwards = (desk: Desk, change: AddressChange) =>
  afterChange(desk.known[change.family] ?? { sends: [] }, change);

function closeOrOpen(desk: Desk, row: OutboxRow | undefined): void {
  if (row === undefined || desk.outbox.has(row.id)) return;
  desk.outbox.set(row.id, { row });
  desk.fresh.add(row.id);
  const link: Link = { kind: "then", status: "run", code: "effect.update", values: { changed: ["do not disturb"] } };
  desk.drafts.push({
    at: desk.clock,
    kind: "effect",
    verdict: "queued",
    path: row.path,
    message: row.id,
    links: [link],
  });
}
