// A team with a few leads whose days are known: a morning of Brightwater Homes, row by row.

import type { Link } from "../src/insights/index.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import type { Database } from "../src/kernel/sql.ts";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../src/kernel/time.ts";
import { type SeededLead, seedDecision, seedEvent, seedLead, seedMessage, seedRun, seedTeam, ZONE } from "./seed.ts";

export const LEADS: readonly SeededLead[] = [
  lead("maya", "Maya", "Torres", "+15125550101", "Austin", ["Buyer", "Hot"]),
  lead("lena", "Lena", "Fischer", "+18505550102", "Pensacola", ["Buyer"]),
  lead("rafael", "Rafael", "Castellanos", "+15125550103", "Round Rock", ["Past client"]),
  lead("owen", "Owen", "Brandt", "+15125550104", "Austin", []),
  lead("tunde", "Tunde", "Okafor", "+15125550105", "Cedar Park", ["Seller"]),
  lead("priya", "Priya", "Nair", "+15125550106", "Austin", ["Investor"]),
];

/** Names that strangers choose: markup, right to left, far too long, pictures. */
export const HOSTILE: readonly SeededLead[] = [
  lead("markup", "<img src=x onerror=alert(1)>", "<script>alert(2)</script>", "+15125550111"),
  lead("rtl", "\u202eمرحبا", "בדיקה\u202e", "+15125550112"),
  lead("long", "Maximiliana".repeat(28), "Okonkwo", "+15125550113"),
  lead("emoji", "🏡🏡👩‍👩‍👧‍👦", "Ünïcödé", "+15125550114"),
];

function lead(
  id: string,
  firstName: string,
  lastName: string,
  phone: string,
  city?: string,
  tags: readonly string[] = [],
): SeededLead {
  return {
    id: `lead_${id}`,
    firstName,
    lastName,
    phone,
    email: `${id}@example.com`,
    tags,
    ...(city === undefined ? {} : { city }),
  };
}

const link = (
  kind: Link["kind"],
  status: Link["status"],
  code: string,
  values: JsonObject = {},
  at?: Instant,
): Link => ({
  kind,
  status,
  code,
  values,
  ...(at === undefined ? {} : { at }),
});

const viewed = (at: Instant, data: JsonObject) =>
  link("event", "event", "event.property_view", { type: "property_view", source: "site", data }, at);
const alder: JsonObject = { property: { id: "p14", address: "14 Alder Court", price: 489_000 } };
const quarry: JsonObject = { property: { id: "p22", address: "22 Quarry Road", price: 362_500 } };

const score = (value: number, at: Instant): Link =>
  link(
    "score",
    "done",
    "score.rules",
    {
      score: value,
      tier: value > 0.7 ? "hot" : "warm",
      model: "rules-1",
      base: -1.4,
      reasons: [
        { feature: "views", text: "5 homes in 48 hours", logOdds: 1.34 },
        { feature: "replied", text: "answered a text", logOdds: 0.81 },
        { feature: "agency", text: "no pre-approval yet", logOdds: -0.42 },
      ],
    },
    at,
  );

const flow = (workflow: string, name: string, path: string, line: number, at: Instant): Link =>
  link(
    "workflow",
    "run",
    "workflow.step",
    { workflow, name, path, file: `${workflow.replaceAll("_", "-")}.yaml`, line },
    at,
  );

const checked = (status: Link["status"], verdicts: NonNullable<Link["verdicts"]>, at: Instant): Link => {
  const binding = verdicts.find((verdict) => !verdict.ok);
  return { kind: "permission", status, code: binding?.code ?? "consent.ok", verdicts, at };
};

const fine = (at: Instant): NonNullable<Link["verdicts"]> => [
  {
    code: "consent.ok",
    ok: true,
    channel: "sms",
    round: "decide",
    values: { kind: "written", date: at - 70 * DAY, source: "form “Spring list”" },
  },
  { code: "dnd.none", ok: true, channel: "sms", round: "decide" },
  { code: "address.ok", ok: true, channel: "sms", round: "decide" },
  { code: "hours.ok", ok: true, channel: "sms", round: "decide", values: { at, zones: [ZONE], to: 1200 } },
  { code: "cap.ok", ok: true, channel: "sms", round: "decide", values: { k: 1, n: 3, window: DAY } },
];

/** A morning at the team: sent, held, refused, failed, unconfirmed; a rule, an entry, an end. Newest at `now`. */
export async function seedTown(
  database: Database,
  now: Instant,
): Promise<{ sent: string; held: string; blocked: string }> {
  await seedTeam(database, now);
  const hot: JsonObject = {
    behavior: { engagement: { sum: 4.2, asOf: now }, lastActAt: now - 4 * MINUTE },
    score: {
      score: 0.82,
      tier: "hot",
      model: "rules-1",
      base: -1.4,
      reasons: [
        { feature: "views", text: "5 homes in 48 hours", logOdds: 1.34 },
        { feature: "replied", text: "Answered a text", logOdds: 0.81 },
        { feature: "approval", text: "No pre-approval yet", logOdds: -0.42 },
      ],
    },
    scoredAt: now - 4 * MINUTE,
  };
  for (const one of LEADS) await seedLead(database, one, now - HOUR, one.id === "lead_maya" ? hot : undefined);
  for (const one of HOSTILE) await seedLead(database, one, now - HOUR);

  // Maya: views, a rule, an entry, a text that arrived
  await seedEvent(database, "lead_maya", "form.submitted", now - 3 * DAY, { form: "Spring list" });
  await seedEvent(database, "lead_maya", "email.opened", now - 2 * DAY - HOUR, { subject: "3 homes near the river" });
  for (const ago of [9, 7, 5]) await seedEvent(database, "lead_maya", "property_view", now - ago * MINUTE, alder);
  const begun = now - 5 * MINUTE;
  const fired = link(
    "rule",
    "done",
    "rule.fired",
    {
      rule: "buying_signal",
      name: "Buying signal",
      reasons: ["5 views in 48 hours", "a downloaded guide"],
      again: begun + 12 * HOUR,
    },
    begun + 2,
  );
  await seedDecision(database, {
    lead: "lead_maya",
    at: begun,
    place: 0,
    kind: "rule",
    verdict: "fired",
    links: [viewed(begun, alder), fired, score(0.82, begun + 3)],
  });
  const run = await seedRun(database, "lead_maya", "hot_lead", begun, {
    path: "booked",
    dueAt: now + DAY,
    parked: { on: "events", path: "booked", since: begun, until: now + DAY, seen: [] },
  });
  await seedDecision(database, {
    lead: "lead_maya",
    at: begun,
    place: 1,
    kind: "enrollment",
    verdict: "enrolled",
    workflow: "hot_lead",
    run,
    links: [
      viewed(begun, alder),
      fired,
      flow("hot_lead", "Hot lead", "enroll", 4, begun + 3),
      link("then", "done", "enroll.enrolled"),
    ],
  });
  const text = await seedMessage(database, {
    lead: "lead_maya",
    at: begun,
    state: "accepted",
    run,
    delivery: { channel: "sms", acceptedAt: begun + SECOND, deliveredAt: begun + 4 * SECOND },
    text: "Maya, Ana here. Want to see 14 Alder Court today?",
  });
  const sent = await seedDecision(database, {
    lead: "lead_maya",
    at: begun,
    place: 2,
    kind: "message",
    verdict: "queued",
    workflow: "hot_lead",
    run,
    path: "text",
    message: text,
    links: [
      viewed(begun, alder),
      fired,
      score(0.82, begun + 3),
      flow("hot_lead", "Hot lead", "text", 13, begun + 4),
      checked("done", fine(begun), begun + 4),
      link("channel", "done", "channel.chosen", { channel: "sms", order: ["sms", "email"] }, begun + 4),
    ],
  });

  // Lena: held by quiet hours in a zone nobody is sure of
  const late = now - 40 * MINUTE;
  await seedEvent(database, "lead_lena", "property_view", late, quarry);
  const lenaRun = await seedRun(database, "lead_lena", "re_engage", late, {
    path: "welcome_back",
    dueAt: now + 9 * HOUR,
    parked: { on: "message", path: "welcome_back", message: "m", until: now + DAY },
  });
  const waiting = await seedMessage(database, {
    lead: "lead_lena",
    at: late,
    state: "held",
    notBefore: now + 9 * HOUR,
    run: lenaRun,
    workflow: "re_engage",
    template: "welcome_back",
    text: "Lena, good to see you back. Still looking near the water?",
  });
  const held = await seedDecision(database, {
    lead: "lead_lena",
    at: late,
    kind: "message",
    verdict: "held",
    workflow: "re_engage",
    run: lenaRun,
    path: "welcome_back",
    message: waiting,
    links: [
      viewed(late, quarry),
      link(
        "rule",
        "done",
        "rule.fired",
        { name: "Back after a break", reasons: ["16 days of silence, 14 needed"] },
        late + 1,
      ),
      flow("re_engage", "Re-engagement", "welcome_back", 9, late + 2),
      checked(
        "held",
        [
          {
            code: "hours.unsure_zone",
            ok: false,
            channel: "sms",
            round: "decide",
            until: now + 9 * HOUR,
            values: { zones: ["America/New_York", ZONE], evidence: "area code 850", next: now + 9 * HOUR },
          },
          ...fine(late).slice(0, 3),
          { code: "cap.ok", ok: true, channel: "sms", round: "decide", values: { k: 0, n: 3, window: DAY } },
        ],
        late + 3,
      ),
      link("channel", "done", "channel.chosen", { channel: "sms", order: ["sms", "email"] }, late + 3),
    ],
  });

  // Rafael: nobody may write to him
  const drop = now - 65 * MINUTE;
  await seedEvent(database, "lead_rafael", "property.favorited", drop, alder);
  const none = await seedMessage(database, {
    lead: "lead_rafael",
    at: drop,
    state: "blocked",
    workflow: "first_time_buyer",
    channels: ["email", "sms"],
    template: "price_drop",
    text: "A home you saved now costs less.",
    subject: "A price drop",
  });
  const blocked = await seedDecision(database, {
    lead: "lead_rafael",
    at: drop,
    kind: "message",
    verdict: "blocked",
    workflow: "first_time_buyer",
    path: "price_drop",
    message: none,
    links: [
      link("event", "event", "event.property.favorited", { type: "property.favorited", data: alder }, drop),
      flow("first_time_buyer", "First-time buyer", "price_drop", 31, drop + 2),
      checked(
        "off",
        [
          {
            code: "consent.opted_out",
            ok: false,
            channel: "email",
            round: "decide",
            values: { when: now - 18 * DAY, by: "the link in “3 homes near the river”" },
          },
          { code: "consent.none", ok: false, channel: "sms", round: "decide" },
          { code: "consent.import_only", ok: false, channel: "sms", round: "decide" },
        ],
        drop + 3,
      ),
      link("channel", "off", "channel.none", {}, drop + 3),
      link(
        "then",
        "done",
        "then.task",
        { to: "Ana", title: "Call Rafael about the price drop", due: drop + 4 * HOUR },
        drop + 4,
      ),
    ],
  });

  // Tunde: failed; Owen: unconfirmed; Priya: answered and left
  const bounce = now - 2 * HOUR;
  const failed = await seedMessage(database, {
    lead: "lead_tunde",
    at: bounce,
    state: "rejected",
    channels: ["email"],
    delivery: { failedAt: bounce + 2 * SECOND },
    text: "What your home could sell for",
    subject: "What your home could sell for",
    template: "valuation",
  });
  await seedDecision(database, {
    lead: "lead_tunde",
    at: bounce,
    kind: "message",
    verdict: "failed",
    workflow: "first_time_buyer",
    path: "valuation",
    message: failed,
    links: [
      flow("first_time_buyer", "First-time buyer", "valuation", 22, bounce),
      checked("done", fine(bounce).slice(0, 1), bounce),
      link("channel", "failed", "send.failed", { channels: ["email"] }, bounce),
    ],
  });
  const asked = now - 90 * SECOND;
  const lost = await seedMessage(database, {
    lead: "lead_owen",
    at: asked,
    state: "unconfirmed",
    text: "Owen, shall we find a time on Saturday?",
  });
  await seedDecision(database, {
    lead: "lead_owen",
    at: asked,
    kind: "message",
    verdict: "queued",
    workflow: "hot_lead",
    path: "text",
    message: lost,
    links: [
      link(
        "event",
        "event",
        "event.message.received",
        { data: { channel: "sms", text: "can we see it Saturday?" } },
        asked,
      ),
      flow("hot_lead", "Hot lead", "text", 13, asked + 2),
      checked("done", fine(asked), asked + 2),
    ],
  });
  await seedEvent(database, "lead_owen", "message.received", asked - SECOND, {
    channel: "sms",
    text: "can we see it Saturday?",
  });
  await seedEvent(database, "lead_priya", "message.received", now - 12 * MINUTE, {
    channel: "email",
    text: "Thanks, we found one!",
  });
  const ended = await seedRun(database, "lead_priya", "first_time_buyer", now - 9 * DAY, {
    path: "nudge",
    status: "stopped",
    outcome: "exit: they answered",
    endedAt: now - 12 * MINUTE,
  });
  await seedDecision(database, {
    lead: "lead_priya",
    at: now - 12 * MINUTE,
    kind: "run",
    verdict: "ended",
    workflow: "first_time_buyer",
    run: ended,
    links: [
      link(
        "event",
        "event",
        "event.message.received",
        { data: { channel: "email", text: "Thanks, we found one!" } },
        now - 12 * MINUTE,
      ),
      flow("first_time_buyer", "First-time buyer", "nudge", 40, now - 12 * MINUTE),
      link("then", "off", "exit", { reason: "they answered" }),
      link("then", "off", "run.stopped", { outcome: "exit: they answered" }),
    ],
  });
  for (const [i, one] of HOSTILE.entries())
    await seedEvent(database, one.id, "website_visit", now - (20 + i) * MINUTE, {
      url: "https://homes.example.com/search?q=<b>x</b>",
    });
  return { sent, held, blocked };
}
