// Whoever asks for a lead's best channel before there is a message is told what a message would take.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOON, ofMaya, sceneWith, toMaya } from "../../../test/letters.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Template } from "../../workflows/index.ts";
import { sendersOf } from "../letter/from.ts";
import { queuedRow } from "../row.ts";
import type { Habits } from "./best.ts";
import { channelsHere, preferred } from "./choice.ts";
import { decide } from "./decide.ts";

const HOLD = 3 * DAY;
const CHANNELS: readonly ChannelName[] = ["sms", "email", "whatsapp", "voice"];
const template: Template = {
  ...{
    id: "t",
    sms: "Hi",
    email: { subject: "Hello", body: "Hi" },
    whatsapp: "Hi",
    voice: { highlevelWorkflow: "ring" },
  },
  ...{ order: CHANNELS, hash: "h" },
};
const sceneOf = (mapped: boolean, templates: Record<string, Template> = { t: template }) =>
  sceneWith({
    templates,
    render: (_template, channel) => ({ channel, text: "Hi" }),
    means: {
      crmWorkflow: () => (mapped ? "w9" : undefined),
      media: () => undefined,
      senders: sendersOf({}, new Set()),
    },
  });
const tried = fc.record({ sent: fc.nat(60), answered: fc.nat(20), opened: fc.nat(20) });
const habits: fc.Arbitrary<Habits> = fc.record(
  { sms: tried, email: tried, whatsapp: tried, voice: tried },
  { requiredKeys: [] },
);
const wrote = fc.record({ sms: fc.nat(100), email: fc.nat(100), whatsapp: fc.nat(100) }, { requiredKeys: [] });

describe("the best channel, asked before there is a message", () => {
  test("is what a message of marketing would take, with the same reasons", () => {
    fc.assert(
      fc.property(habits, habits, wrote, fc.nat(23), fc.boolean(), (own, rates, ago, hour, mapped) => {
        const now = NOON + hour * HOUR;
        const at = Object.fromEntries(Object.entries(ago).map(([channel, hours]) => [channel, now - hours * HOUR]));
        const facts = ofMaya({ now, lastInboundAt: at, habits: own, rates });
        const effect = toMaya({ template: "t", via: CHANNELS, best: true, holdUntil: now + HOLD });
        const scene = sceneOf(mapped);
        const row = queuedRow({
          ...{ id: "", location: "loc", lead: "lead1", kind: "message", lane: "normal", createdAt: now },
          channels: channelsHere(scene),
          body: { purpose: "marketing", template: "", caps: [], workflow: "" },
        });
        const asked = preferred(row, effect, scene, facts);
        const sent = decide(effect, scene, facts);
        const link = sent.links.find(({ code }) => code === "channel.best");
        expect(asked.chosen?.channel).toBe(sent.row.channels[sent.row.place]);
        expect(link?.values).toMatchObject(asked.values);
      }),
      { numRuns: 60 },
    );
  });

  test("may be a call only where a template's call is mapped to a workflow of the CRM", () => {
    const { voice: _, ...silent } = template;
    expect(channelsHere(sceneOf(true))).toContain("voice");
    expect(channelsHere(sceneOf(false))).not.toContain("voice");
    expect(channelsHere(sceneOf(true, { t: silent }))).not.toContain("voice");
  });
});
