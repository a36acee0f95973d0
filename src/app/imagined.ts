// A marketing message to a lead that nobody has decided, and what the right to it depends on: asked before there is one.

import { readStates } from "../behavior/index.ts";
import type { Sql } from "../kernel/sql.ts";
import { type ChannelName, readLeads } from "../leads/index.ts";
import { addressesOf, type LeadFacts, type OutboxRow, queuedRow, readAddresses } from "../outreach/index.ts";
import { heardOf, type LeadState, type Scene } from "../turns/index.ts";

export const imagined = ({ location, now }: Scene, lead: string, channels: readonly ChannelName[]): OutboxRow =>
  queuedRow({
    ...{ id: "", location, lead, kind: "message", lane: "normal", channels, createdAt: now },
    body: { purpose: "marketing", template: "", caps: [], workflow: "" },
  });

/** Undefined: there is no such lead. */
export async function readCase(
  sql: Sql,
  scene: Scene,
  id: string,
): Promise<{ readonly facts: LeadFacts; readonly state: LeadState | undefined } | undefined> {
  const { location, now, refusals = {}, addressKey } = scene;
  const lead = (await readLeads(sql, location, [id])).get(id);
  if (lead === undefined) return undefined;
  const to = addressesOf(lead.contact);
  const addresses = (await readAddresses(sql, location, [{ id, addresses: to }], addressKey)).get(id) ?? {};
  const state = (await readStates<LeadState>(sql, location, [id])).get(id);
  const heard = state === undefined ? {} : heardOf(state);
  return { facts: { now, lead, to, addresses, rows: [], ...heard, refusals }, state };
}
