// Which events count as behavior, how much, and what they must carry.

export interface Vocabulary {
  /** What the lead did, and how much it says. `weight` feeds engagement, `impact` qualification. */
  readonly behaviors: Readonly<Record<string, Behavior>>;
  /** Every event type a workflow may name, with its required properties. */
  readonly events: Readonly<Record<string, readonly string[]>>;
}

export interface Behavior {
  readonly weight: number;
  readonly impact: number;
}

const BEHAVIORS: Readonly<Record<string, Behavior>> = {
  property_view: { weight: 0.7, impact: 0 },
  website_visit: { weight: 0.4, impact: 0 },
  "email.opened": { weight: 0.3, impact: 0.02 },
  "email.clicked": { weight: 0.6, impact: 0.05 },
  "message.received": { weight: 0.8, impact: 0.15 },
  "form.submitted": { weight: 0.9, impact: 0.1 },
  "call.answered": { weight: 1, impact: 0.25 },
  "appointment.booked": { weight: 1, impact: 0.35 },
  "document.downloaded": { weight: 0.5, impact: 0 },
  // as an e-mail's link, a home looked at, an act of no known weight, and a message (ours)
  "link.clicked": { weight: 0.6, impact: 0.05 },
  "property.favorited": { weight: 0.7, impact: 0 },
  "search.saved": { weight: 0.5, impact: 0 },
  "call.missed": { weight: 0.8, impact: 0.15 },
};

const EVENTS: Readonly<Record<string, readonly string[]>> = {
  "contact.created": [],
  "contact.updated": [],
  "contact.deleted": [],
  "contact.merged": [],
  "tag.added": ["tag"],
  "tag.removed": ["tag"],
  "field.changed": ["field"],
  "consent.changed": [],
  "consent.given": ["channels"],
  "consent.withdrawn": [],
  "message.sent": ["message.id"],
  "message.delivered": ["message.id"],
  "message.failed": ["message.id"],
  "message.replied": ["channel"],
  "message.opted_out": ["channel"],
  "message.received": ["channel", "text"],
  "email.opened": ["message.id"],
  "email.clicked": ["message.id"],
  "email.bounced": [],
  "email.complained": [],
  "call.answered": ["direction"],
  "call.missed": [],
  "call.ended": [],
  "agent.contacted": [],
  "task.completed": [],
  "note.added": [],
  property_view: ["property.id"],
  website_visit: ["url"],
  "page.left": ["url", "seconds"],
  "property.favorited": ["property.id"],
  "search.saved": [],
  "link.clicked": ["link"],
  "document.downloaded": ["document"],
  "form.started": ["form"],
  "form.submitted": ["form"],
  "opportunity.created": ["opportunity.id"],
  "opportunity.stage_changed": ["opportunity.id"],
  "opportunity.won": ["opportunity.id"],
  "opportunity.lost": ["opportunity.id"],
  "opportunity.abandoned": ["opportunity.id"],
  "appointment.booked": ["appointment.id"],
  "appointment.moved": ["appointment.id"],
  "appointment.canceled": ["appointment.id"],
  "appointment.missed": ["appointment.id"],
  "appointment.held": ["appointment.id"],
  "score.crossed": ["from", "to"],
  "churn.crossed": ["from", "to"],
  "segment.entered": ["segment"],
  "segment.left": ["segment"],
  "workflow.completed": ["workflow"],
  "workflow.failed": ["workflow"],
};

/** What Latchkey knows without anybody declaring it. `trigger.<rule>` is open and checked against the rules. */
export const BUILT_IN: Vocabulary = { behaviors: BEHAVIORS, events: EVENTS };

/** Families that conditions may count: `any` is whatever the lead did, `email.reacted` an open or a click by a person. */
export const FAMILIES: Readonly<Record<string, (type: string) => boolean>> = {
  any: (type) => Object.hasOwn(BEHAVIORS, type),
  "email.reacted": (type) => type === "email.opened" || type === "email.clicked",
};

/**
 * A property of an event's data by its dotted name. Data may nest (`{ property: { id } }`) or carry the dotted
 * name itself (`{ "property.id": … }`); both are found.
 */
export function property(data: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(data, name)) return data[name];
  let value: unknown = data;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
