// The header of a workflow, and the library beside it.

import { FIELD_TYPES } from "../compile/subjects.ts";
import { EVENTS, EVENTS_OF_ENROLL } from "./event-keys.ts";
import {
  closed,
  condition,
  DOTTED,
  DOTTED_MESSAGE,
  date,
  FLAG,
  id,
  type Key,
  type Keys,
  key,
  known,
  length,
  mapOf,
  number,
  oneOrMore,
  patterned,
  properties,
  range,
  rate,
  SCALAR,
  type Schema,
  share,
  steps,
  TEXT,
  whole,
  word,
} from "./json-schema.ts";
import { CHANNELS, commonKeys } from "./step-keys.ts";
import type { Vocabulary } from "./vocabulary.ts";

const again = patterned(
  "^(never|always|after\\s+(\\d+[smhdw])+)$",
  "never, always, or after <duration>, such as after 90d.",
);

const caps: Schema = {
  type: "object",
  additionalProperties: false,
  properties: properties({
    all: key("Messages of any channel.", "all: 2 per 24h", rate),
    ...Object.fromEntries(
      CHANNELS.map((channel) => [channel, key(`Messages by ${channel}.`, `${channel}: 1 per 20h`, rate)]),
    ),
  }),
};

const declared = mapOf(
  closed({
    type: key("What it holds.", "type: text", word(...FIELD_TYPES)),
    name: key("Shown to people.", "name: Tier", TEXT),
    default: key("Where nothing is given.", "default: later", SCALAR),
    in: key("The only values it may take.", "in: [ready, soon, later]", { type: "array", items: SCALAR, minItems: 1 }),
  }),
);

const whenKey = (events: Schema): Key => key("Any of these events.", "when: message.replied", events);
const ifKey: Key = key("And only if this holds.", "if: { contact.city: Austin }", condition);

export const enrollKeys: Keys = {
  when: key(
    "Who comes in: any of these events. Without it, only by `start`, API or hand.",
    "when: contact.created",
    EVENTS_OF_ENROLL,
  ),
  settle: key("Look at `if` this long after the event.", "settle: 30s", length),
  if: key("Who may come in. Unknown is not.", "if: { contact.tags: { contains: Buyer } }", condition),
  again: key("Whether a lead may come in once more; default `never`.", "again: after 90d", again),
  if_running: key(
    "What an event does while a run is on; default `skip`.",
    "if_running: restart",
    word("skip", "restart", "queue", "parallel"),
  ),
  key: key(
    "With `parallel`: the event property in which runs differ.",
    "key: opportunity.id",
    patterned(DOTTED, DOTTED_MESSAGE),
  ),
  rollout: key("Staged release. The same leads stay in as it grows.", "rollout: 25%", share),
  holdout: key("Never treated, still measured against the goal.", "holdout: 5%", share),
  limit: key(
    "Enrollments per location; more wait, oldest first.",
    "limit: 200 per day",
    patterned("^\\s*\\d+\\s+per\\s+\\S+\\s*$", "A rate, such as 200 per day."),
  ),
  existing: key(
    "Leads for whom `if` holds already at publishing; default `skip`.",
    "existing: include",
    word("skip", "include"),
  ),
};

export const goalKeys: Keys = {
  when: whenKey(EVENTS),
  if: ifKey,
  within: key("Counts from the enrollment for so long, also after the run has ended.", "within: 30d", length),
  then: key("Default `end`: the run is over.", "then: continue", word("end", "continue")),
};

export const exitKeys: Keys = {
  when: whenKey(EVENTS),
  if: ifKey,
  reason: key("Why, for the trace.", "reason: they answered", TEXT),
};

export const pauseKeys: Keys = {
  when: whenKey(EVENTS),
  if: ifKey,
  for: key("How long the run's clocks stand still.", "for: 3d", length),
};

export const workflowKeys = (here: Vocabulary): Keys => ({
  workflow: key("The id of the workflow; unique in the folder.", "workflow: buyer_welcome", id),
  name: key("Shown to people; free to change.", "name: Buyer welcome", TEXT),
  about: key("A remark for people.", "about: Why this exists.", TEXT),
  status: key(
    "`shadow` decides and records, and sends nothing. Default `live`.",
    "status: live",
    word("draft", "shadow", "live", "paused"),
  ),
  priority: key(
    "0 to 100, default 50: who is served first when a cap or a group binds.",
    "priority: 60",
    whole(0, 100),
  ),
  group: key(
    "At most one active run per lead in a group.",
    "group: nurture",
    here.groups.length === 0 ? id : { ...id, examples: here.groups },
  ),
  if_group_busy: key(
    "Default `wait`; `replace` only a lower priority.",
    "if_group_busy: replace",
    word("wait", "skip", "replace"),
  ),
  time_zone: key("Whose clock times: `lead` (default) or a zone.", "time_zone: America/Chicago", {
    type: "string",
    examples: ["lead"],
  }),
  caps: key(
    "Sliding windows over this workflow's messages. The location's caps count too.",
    "caps: { all: 1 per 20h, sms: 3 per 7d }",
    caps,
  ),
  quiet_hours: key("May only widen the location's.", 'quiet_hours: "20:00-09:00"', range),
  max_duration: key("The run ends `timed_out`; default 180d.", "max_duration: 45d", length),
  enroll: key("Who comes in, and when.", "enroll: { when: contact.created, again: never }", closed(enrollKeys)),
  goal: key("What success is.", "goal: { when: appointment.booked, within: 30d }", closed(goalKeys)),
  exit: key("What ends the run.", "exit: [{ when: message.replied, reason: they answered }]", {
    type: "array",
    items: closed(exitKeys),
  }),
  pause: key("What stops its clocks.", "pause: [{ when: agent.contacted, for: 3d }]", {
    type: "array",
    items: closed(pauseKeys),
  }),
  on_error: commonKeys["on_error"] as Key,
  on_edit: key(
    "What an edit does to waiting leads; default `keep`.",
    "on_edit: keep",
    word("keep", "move", "re-time", "exit"),
  ),
  moved: key("Old step id to new one.", "moved: { first_hello: welcome }", {
    type: "object",
    additionalProperties: TEXT,
  }),
  vars: key("Values of a run.", "vars: { tier: { type: text, default: later } }", declared),
  inputs: key("What `start` and `call` hand over.", "inputs: { reason: { type: text } }", declared),
  outputs: key("What a called workflow hands back.", "outputs: { tier: { type: text } }", declared),
  steps: key("Top to bottom is the order in time.", "steps: [{ id: hello, send: hello }]", steps),
});

// The library -----------------------------------------------------------------------------------------------------

export const emailKeys: Keys = {
  subject: key("The subject, with merge fields.", "subject: Welcome", TEXT),
  body: key("The text.", "body: Where would you like to live?", TEXT),
  html: key("HTML, instead of or beside the text.", 'html: "<p>Hello</p>"', TEXT),
  attach: key("Files beside the workflows, or https addresses.", "attach: [guides/affordability.pdf]", oneOrMore(TEXT)),
};

export const smsKeys: Keys = {
  body: key("The text.", "body: The floor plan.", TEXT),
  attach: key(
    "Files beside the workflows, or https addresses: the text goes as an MMS.",
    "attach: [plans/first-floor.jpg]",
    oneOrMore(TEXT),
  ),
};

export const whatsappKeys = (here: Vocabulary): Keys => ({
  body: key("The text, within 24 hours of the lead's last message.", "body: Hello", TEXT),
  highlevel_workflow: key(
    "Outside them, the mapped name of the CRM's workflow that sends a template.",
    "highlevel_workflow: hello_template",
    known(here.crmWorkflows, TEXT, true),
  ),
});

export const templateKeys = (here: Vocabulary): Keys => ({
  name: key("Shown to people.", "name: Welcome", TEXT),
  sms: key(
    "A text message, and the files it brings along.",
    "sms: \"Hi {{ contact.first_name | default: 'there' }}\"",
    {
      ...closed(smsKeys),
      type: ["string", "object"],
    },
  ),
  email: key("An e-mail.", "email: { subject: Welcome, body: Hello }", closed(emailKeys)),
  whatsapp: key("A WhatsApp message, and what goes outside its window.", "whatsapp: Hello", {
    ...closed(whatsappKeys(here)),
    type: ["string", "object"],
  }),
  voice: key(
    "A call, made by a workflow of the CRM.",
    "voice: { highlevel_workflow: call_new_buyer }",
    closed({
      highlevel_workflow: key(
        "Its mapped name.",
        "highlevel_workflow: call_new_buyer",
        known(here.crmWorkflows, TEXT, true),
      ),
    }),
  ),
});

export const triggerKeys: Keys = {
  name: key("Shown to people.", "name: Looking higher than before", TEXT),
  when: key("The pattern at which it fires.", "when: { behavior.property_view: { count: 3, within: 7d } }", condition),
  if: ifKey,
  levels: key("Names for how long the lead has been silent.", "levels: { low: 7d, high: 10d12h }", {
    type: "object",
    additionalProperties: length,
  }),
  cooldown: key(
    "How long it then rests; or one rest per value of a property.",
    "cooldown: 7d per property.id",
    patterned("^\\s*(\\d+[smhdw])+(\\s+per\\s+[a-z][\\w.]*)?\\s*$", "7d, or 7d per property.id."),
  ),
  guard: key(
    "Not right after these.",
    "guard: { agent_contact: 3d, new_lead: 14d }",
    closed({
      agent_contact: key("A person was in touch less than so long ago.", "agent_contact: 3d", length),
      new_lead: key("The lead is younger than this.", "new_lead: 14d", length),
    }),
  ),
  do: key("Steps that neither wait nor send.", "do: [{ notify: owner, message: Look here }]", steps),
};

export const segmentKeys: Keys = {
  name: key("Shown to people.", "name: Luxury", TEXT),
  if: key("Who is in it.", "if: { contact.custom.budget: { at_least: 1000000 } }", condition),
};

const metricKeys: Keys = {
  when: whenKey(EVENTS),
  if: ifKey,
  of: key("Of this step's message alone.", "of: welcome", TEXT),
  within: key("So long after the exposure.", "within: 7d", length),
};

export const stopKeys: Keys = {
  when: key("The interval excludes zero, or the minimum effect.", "when: decided", word("decided")),
  least: key("Exposed leads per variant before anything is concluded.", "least: 300 per variant", {
    type: ["string", "integer"],
    pattern: "^\\d+(\\s+per\\s+variant)?$",
    patternErrorMessage: "A number of leads: 300 per variant.",
    minimum: 1,
  }),
  latest: key("Ends by then.", "latest: 60d", length),
  then: key("Everyone gets the winner, or only a report.", "then: winner", word("winner", "report")),
  if_undecided: key("What follows at `latest`.", "if_undecided: control", word("control", "continue")),
};

export const experimentKeys: Keys = {
  name: key("The question in words.", "name: Which first subject line earns a reply?", TEXT),
  hypothesis: key("What is believed, before.", "hypothesis: A question invites an answer.", TEXT),
  variants: key("Weights of 100.", "variants: { plain: 50, question: 50 }", mapOf(number(0, 100))),
  control: key("The variant compared with.", "control: plain", id),
  metric: key(
    "What counts, once per exposed lead.",
    "metric: { when: message.replied, of: welcome, within: 7d }",
    closed(metricKeys),
  ),
  also: key("Further metrics, reported.", "also: [{ when: email.clicked, within: 7d }]", {
    type: "array",
    items: closed(metricKeys),
  }),
  guardrails: key(
    "What must not get worse.",
    "guardrails: [{ when: message.opted_out, within: 14d, worse_by: 0.5% }]",
    {
      type: "array",
      items: closed({ ...metricKeys, worse_by: key("By at most so much.", "worse_by: 0.5%", share) }),
    },
  ),
  holdout: key("Share that sees none of it.", "holdout: 10%", share),
  minimum_effect: key("Absolute difference worth finding.", "minimum_effect: 3%", share),
  assign: key("`bandit`: shares follow what has been learned.", "assign: fixed", word("fixed", "bandit")),
  stop: key(
    "When it ends by itself.",
    "stop: { when: decided, least: 300 per variant, latest: 60d }",
    closed(stopKeys),
  ),
};

export const fieldKeys: Keys = {
  type: key("What it holds.", "type: money", word(...FIELD_TYPES)),
  crm: key("The CRM's key, where it differs.", "crm: budget_range", TEXT),
  name: key("Shown to people.", "name: Budget", TEXT),
};

export const eventKeys: Keys = {
  name: key("Shown to people.", "name: Visited an open house", TEXT),
  weight: key("How much it says of engagement, 0 to 1.", "weight: 0.8", number(0, 1)),
  impact: key("How much it says of qualification, -1 to 1.", "impact: 0.1", number(-1, 1)),
  properties: key(
    "What it carries, with types.",
    "properties: { property.id: text }",
    mapOf({ enum: FIELD_TYPES }, DOTTED, DOTTED_MESSAGE),
  ),
};

export const settingsKeys: Keys = {
  business_hours: key("When the house is open.", 'business_hours: { mon-fri: "09:00-18:00" }', {
    type: "object",
    additionalProperties: range,
  }),
  holidays: key("Dates on which it is not.", 'holidays: ["2026-12-25"]', {
    ...oneOrMore(date),
    items: date,
    minItems: 0,
  }),
  quiet_hours: key("When nobody is texted.", 'quiet_hours: "21:00-08:00"', range),
  email_quiet_hours: key("Quiet hours hold for e-mail, too.", "email_quiet_hours: true", FLAG),
  caps: key("Over all workflows of the folder.", "caps: { all: 2 per 24h }", caps),
  defaults: key(
    "For workflows that do not say.",
    "defaults: { again: after 30d, hold: 48h }",
    closed({
      again: key("As in `enroll`.", "again: after 30d", again),
      hold: key("As in `send`.", "hold: 48h", length),
    }),
  ),
  teams: key("`team.<id>`: the CRM user ids in it.", "teams: { buyers: [u1, u2] }", {
    type: "object",
    additionalProperties: oneOrMore(TEXT),
  }),
  highlevel_workflows: key(
    "Names for workflows of the CRM, and their ids.",
    "highlevel_workflows: { call_new_buyer: 8f1 }",
    { type: "object", additionalProperties: TEXT },
  ),
  senders: key(
    "Numbers and addresses that messages come from.",
    'senders: { sms: "+15125550100", email: team@example.com, agents: true }',
    closed({
      sms: key("The location's number for texts.", 'sms: "+15125550100"', TEXT),
      whatsapp: key("The location's number on WhatsApp.", 'whatsapp: "+15125550100"', TEXT),
      email: key("The location's address, without a name.", "email: team@example.com", TEXT),
      agents: key("The lead's agent writes under their own number and address.", "agents: true", FLAG),
      others: key("Further ones that a step may name.", 'others: ["+15125550150"]', oneOrMore(TEXT)),
    }),
  ),
};

export const sectionKeys = (here: Vocabulary): Keys => ({
  templates: key("Texts, by id.", "templates: { hello: { sms: Hello } }", mapOf(closed(templateKeys(here)))),
  triggers: key(
    "Behavior rules, by id.",
    "triggers: { back: { when: { behavior.website_visit: { after_silence: 14d } }, cooldown: 14d } }",
    mapOf(closed(triggerKeys)),
  ),
  segments: key(
    "Named conditions, by id.",
    "segments: { luxury: { if: { contact.custom.budget: { at_least: 1000000 } } } }",
    mapOf(closed(segmentKeys)),
  ),
  experiments: key(
    "Experiments, by id.",
    "experiments: { subject: { variants: { a: 50, b: 50 }, control: a } }",
    mapOf(closed(experimentKeys)),
  ),
  fields: key(
    "Custom fields and their types.",
    "fields: { contact.custom.budget: { type: money } }",
    mapOf(closed(fieldKeys), "^contact\\.", "contact.custom.<name>."),
  ),
  events: key(
    "Events of our own.",
    "events: { open_house.visited: { weight: 0.8 } }",
    mapOf(closed(eventKeys), DOTTED, DOTTED_MESSAGE),
  ),
  settings: key("For the whole folder, once.", 'settings: { quiet_hours: "21:00-08:00" }', closed(settingsKeys)),
});
