// Maya, to whom we may write, a location where nothing stands in the way, and a step's message to her.

import { DAY } from "../src/kernel/time.ts";
import { type Lead, stub } from "../src/leads/index.ts";
import {
  houseRules,
  type OutreachCase,
  type OutreachScene,
  openRenderer,
  outreachScene,
} from "../src/outreach/index.ts";
import type { Cap, MessageEffect } from "../src/workflows/index.ts";

/** A Wednesday, 14:00 in New York. */
export const NOON = Date.UTC(2026, 10, 18, 19);

const TO = { phone: "+16175550101", email: "maya@example.com" };

export const MAYA: Lead = {
  ...stub("loc", "lead1"),
  stub: false,
  contact: { firstName: "Maya", ...TO, tags: [], custom: {} },
};

/** What is known of her at noon. */
export const ofMaya = (more: Partial<OutreachCase> = {}): OutreachCase => ({
  ...{ now: NOON, prompted: true, lead: MAYA, to: TO, addresses: {}, rows: [] },
  fields: () => ({ contact: { first_name: "Maya" } }),
  active: () => true,
  ...more,
});

export const houseWith = (caps: readonly Cap[] = []) =>
  houseRules({ businessHours: [], holidays: [], caps, teams: {}, highlevelWorkflows: {} });

type Parts = Parameters<typeof outreachScene>[0];
export const sceneWith = (more: Partial<Parts> & Pick<Parts, "templates">): OutreachScene =>
  outreachScene({
    ...{ location: "loc", zone: "America/New_York", house: houseWith(), render: openRenderer().message },
    ...more,
  });

export const toMaya = (more: Partial<MessageEffect> = {}): MessageEffect => ({
  ...{ kind: "message", id: "m1", run: "run1", workflow: "nurture", plan: "plan1", path: "welcome" },
  ...{ template: "welcome", via: [], purpose: "marketing", urgent: false, priority: 50, holdUntil: NOON + 3 * DAY },
  ...{ caps: [], shadow: false },
  ...more,
});
