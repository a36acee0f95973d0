// Whether we may write to a lead now, channel by channel: asked of the same rules as a marketing message would be.

import { readStates } from "../behavior/index.ts";
import type { ChannelRight } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { type ChannelName, readLeads } from "../leads/index.ts";
import { addressesOf, readAddresses, recheck } from "../outreach/index.ts";
import { heardOf, type LeadState, type Scenes } from "../turns/index.ts";
import { imagined } from "./crm-actions.ts";

const CHANNELS: readonly ChannelName[] = ["sms", "email"];

export const openMayWrite =
  (scenes: Pick<Scenes, "open">, now: () => Instant) =>
  async (sql: Sql, location: string, id: string): Promise<readonly ChannelRight[]> => {
    const lead = (await readLeads(sql, location, [id])).get(id);
    if (lead === undefined) return [];
    const scene = await scenes.open(sql, location, now());
    const to = addressesOf(lead.contact);
    const known = await readAddresses(sql, location, [{ id, addresses: to }], scene.addressKey);
    const state = (await readStates<LeadState>(sql, location, [id])).get(id);
    const { rows } = await sql.query<{ at: Instant; who: string; reason: string }>(
      "select held_at as at, held_by as who, reason from hold where location_id = $1 and workflow = '*'",
      [location],
    );
    const paused = rows[0];
    const facts = {
      ...{ now: scene.now, lead, to, addresses: known.get(id) ?? {}, rows: [] },
      ...(state === undefined ? {} : heardOf(state)),
      refusals: scene.refusals ?? {},
    };
    return CHANNELS.map((channel): ChannelRight => {
      const { verdicts, permission } = recheck(imagined(scene, id, channel), scene.outreach, facts, { rendered: {} });
      const against = verdicts.find(({ ok }) => !ok);
      if (permission === "blocked") return { channel, state: "off", code: against?.code, values: against?.values };
      if (paused !== undefined) {
        const values = { who: paused.who, when: paused.at, reason: paused.reason };
        return { channel, state: "held", code: "paused.run", values };
      }
      if (permission === "ok") return { channel, state: "ok" };
      return { channel, state: "held", code: against?.code, values: against?.values };
    });
  };
