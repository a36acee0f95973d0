// Rows of one team for the tests of what is read: as ingest, turns and the sender would have written them.

import type { Decision } from "../src/insights/index.ts";
import { saveDecisions } from "../src/insights/index.ts";
import { idFrom, sha256 } from "../src/kernel/ids.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import type { Database } from "../src/kernel/sql.ts";
import { DAY, type Instant } from "../src/kernel/time.ts";

export const LOCATION = "loc_brightwater";
export const ZONE = "America/Chicago";

export interface SeededLead {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email?: string;
  readonly phone?: string;
  readonly city?: string;
  readonly tags?: readonly string[];
  readonly source?: string;
}

const uuid = (...parts: readonly (string | number)[]) => idFrom("seed", ...parts);
const PLAN = sha256("hot lead, version four");

export async function seedTeam(database: Database, now: Instant): Promise<void> {
  await database.transaction([LOCATION], async (sql) => {
    await sql.query(
      `insert into installation (location_id, status, installed_at, name, time_zone, seed, workflow_secret)
       values ($1, 'active', $2, 'Brightwater Homes', $3, 'seed', '')`,
      [LOCATION, new Date(now - 30 * DAY), ZONE],
    );
    await sql.query(
      `insert into catalog (location_id, kind, item_id, data, as_of) values ($1, 'user', 'user_ana', $2, $3)`,
      [LOCATION, JSON.stringify({ name: "Ana Ruiz" }), new Date(now)],
    );
    for (const [workflow, name, about] of [
      ["hot_lead", "Hot lead", "A person calls within minutes; a text goes out at once."],
      ["first_time_buyer", "First-time buyer", "Ten friendly steps from the first question to a tour."],
      ["re_engage", "Re-engagement", "For those who went quiet and came back."],
    ] as const) {
      await sql.query(
        `insert into plan (location_id, plan_id, workflow, created_at, plan) values ($1, $2, $3, $4, $5)`,
        [
          LOCATION,
          workflow === "hot_lead" ? PLAN : sha256(workflow),
          workflow,
          new Date(now - 20 * DAY),
          JSON.stringify({ name, about, status: "live" }),
        ],
      );
    }
  });
}

export async function seedLead(
  database: Database,
  one: SeededLead,
  seenAt: Instant,
  state?: JsonObject,
): Promise<void> {
  const name = `${one.firstName} ${one.lastName}`;
  const data = {
    id: one.id,
    location: LOCATION,
    asOf: {},
    stub: false,
    deleted: false,
    createdAt: seenAt - 30 * DAY,
    contact: {
      firstName: one.firstName,
      lastName: one.lastName,
      name,
      email: one.email,
      phone: one.phone,
      city: one.city,
      timeZone: ZONE,
      assignedTo: "user_ana",
      tags: one.tags ?? [],
      custom: {},
    },
    opportunities: {},
    appointments: {},
    consent: { all: false, channels: one.id === "lead_rafael" ? { email: "permanent" } : {} },
  };
  await database.transaction([LOCATION], async (sql) => {
    await sql.query(
      `insert into lead (location_id, lead_id, name_key, email_key, phone_key, seen_at, data) values ($1, $2, $3, $4, $5, $6, $7)`,
      [LOCATION, one.id, name.toLowerCase(), one.email, one.phone, new Date(seenAt), JSON.stringify(data)],
    );
    await sql.query("insert into lead_turn (location_id, lead_id) values ($1, $2)", [LOCATION, one.id]);
    if (state !== undefined) {
      await sql.query("insert into lead_state (location_id, lead_id, data) values ($1, $2, $3)", [
        LOCATION,
        one.id,
        JSON.stringify(state),
      ]);
    }
  });
}

export async function seedEvent(
  database: Database,
  who: string,
  type: string,
  at: Instant,
  data: JsonObject = {},
  id?: string,
): Promise<string> {
  const event = id ?? uuid(who, type, at, JSON.stringify(data));
  await database.transaction([LOCATION], (sql) =>
    sql.query(
      `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data) values ($1, $2, $3, $4, $5, $5, 'crm', $6)`,
      [LOCATION, who, event, type, new Date(at), JSON.stringify(data)],
    ),
  );
  return event;
}

export type SeededDecision = Pick<Decision, "lead" | "at" | "kind" | "verdict" | "links"> &
  Partial<Pick<Decision, "workflow" | "run" | "path" | "message" | "place" | "turn">>;

export async function seedDecision(database: Database, one: SeededDecision): Promise<string> {
  const { turn = Math.round(one.at / 1000), place = 0 } = one;
  const id = uuid(one.lead, turn, place, one.kind);
  const decision: Decision = {
    ...one,
    id,
    turn,
    place,
    versions: { publication: sha256("publication"), plan: PLAN, zones: "2026a", model: "rules-1" },
    hash: sha256(id),
  };
  await database.transaction([LOCATION], (sql) => saveDecisions(sql, LOCATION, [decision]));
  return id;
}

export interface SeededMessage {
  readonly lead: string;
  readonly at: Instant;
  readonly state: string;
  readonly channels?: readonly string[];
  readonly place?: number;
  readonly notBefore?: Instant;
  readonly delivery?: JsonObject;
  readonly text: string;
  readonly subject?: string;
  readonly attachments?: readonly string[];
  readonly template?: string;
  readonly workflow?: string;
  readonly run?: string;
}

export async function seedMessage(database: Database, one: SeededMessage): Promise<string> {
  const id = uuid("message", one.lead, one.at, one.text);
  const { channels = ["sms", "email"], place = 0 } = one;
  const channel = channels[place] as string;
  await database.transaction([LOCATION], async (sql) => {
    await sql.query(
      `insert into outbox (location_id, outbox_id, lead_id, kind, run_id, workflow, path, lane, priority, channels, place, state, not_before, created_at, body)
       values ($1, $2, $3, 'message', $4, $5, 'text', 2, 50, $6, $7, $8, $9, $10, '{}')`,
      [
        LOCATION,
        id,
        one.lead,
        one.run ?? null,
        one.workflow ?? "hot_lead",
        channels,
        place,
        one.state,
        one.notBefore === undefined ? null : new Date(one.notBefore),
        new Date(one.at),
      ],
    );
    await sql.query(
      `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided, delivery)
       values ($1, $2, $3, $4, $5, $6, $7, '[]', $8)`,
      [
        LOCATION,
        id,
        one.lead,
        new Date(one.at),
        JSON.stringify({
          [channel]: { channel, text: one.text, subject: one.subject, attachments: one.attachments },
        }),
        one.template ?? "hot_hello",
        sha256(one.text),
        JSON.stringify(one.delivery ?? {}),
      ],
    );
  });
  return id;
}

export async function moveMessage(
  database: Database,
  id: string,
  state: string,
  delivery: JsonObject = {},
): Promise<void> {
  await database.transaction([LOCATION], async (sql) => {
    await sql.query("update outbox set state = $3 where location_id = $1 and outbox_id = $2", [LOCATION, id, state]);
    await sql.query("update message set delivery = $3 where location_id = $1 and message_id = $2", [
      LOCATION,
      id,
      JSON.stringify(delivery),
    ]);
  });
}

/** What a workflow told people of the team. */
export async function seedNotice(
  database: Database,
  one: { readonly lead: string; readonly at: Instant; readonly message: string; readonly users?: readonly string[] },
): Promise<string> {
  const id = uuid("notice", one.lead, one.at, one.message);
  await database.transaction([LOCATION], (sql) =>
    sql.query(
      `insert into notice (location_id, notice_id, lead_id, users, message, workflow, created_at)
       values ($1, $2, $3, $4, $5, 'hot_lead', $6)`,
      [LOCATION, id, one.lead, one.users ?? [], one.message, new Date(one.at)],
    ),
  );
  return id;
}

export async function seedRun(
  database: Database,
  who: string,
  workflow: string,
  at: Instant,
  more: { path: string; dueAt?: Instant; parked?: JsonObject; status?: string; outcome?: string; endedAt?: Instant },
): Promise<string> {
  const id = uuid("run", who, workflow, at);
  await database.transaction([LOCATION], (sql) =>
    sql.query(
      `insert into run (location_id, run_id, lead_id, workflow, plan_id, status, outcome, path, due_at, enrolled_at, ended_at, data)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        LOCATION,
        id,
        who,
        workflow,
        workflow === "hot_lead" ? PLAN : sha256(workflow),
        more.status ?? "waiting",
        more.outcome ?? null,
        more.path,
        more.dueAt === undefined ? null : new Date(more.dueAt),
        new Date(at),
        more.endedAt === undefined ? null : new Date(more.endedAt),
        JSON.stringify({ parked: more.parked ?? null }),
      ],
    ),
  );
  return id;
}
