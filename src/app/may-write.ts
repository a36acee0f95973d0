// Whether we may write to a lead now, channel by channel: asked of the same rules as a marketing message would be.

import type { ChannelRight } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import { recheck } from "../outreach/index.ts";
import type { Scenes } from "../turns/index.ts";
import { imagined, readCase } from "./imagined.ts";

const CHANNELS: readonly ChannelName[] = ["sms", "email"];

export const openMayWrite =
  (scenes: Pick<Scenes, "open">, now: () => Instant) =>
  async (sql: Sql, location: string, id: string): Promise<readonly ChannelRight[]> => {
    const scene = await scenes.open(sql, location, now());
    const known = await readCase(sql, scene, id);
    if (known === undefined) return [];
    const { rows } = await sql.query<{ at: Instant; who: string; reason: string }>(
      "select held_at as at, held_by as who, reason from hold where location_id = $1 and workflow = '*'",
      [location],
    );
    const paused = rows[0];
    return CHANNELS.map((channel): ChannelRight => {
      const { verdicts, permission } = recheck(imagined(scene, id, [channel]), scene.outreach, known.facts, {
        rendered: {},
      });
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
