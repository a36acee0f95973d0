// The verbs and their manner: what an editor says of each, and what it lets through.

import {
  condition,
  DURATION_MESSAGE,
  DURATION_PATTERN,
  duration,
  FLAG,
  given,
  id,
  type Keys,
  key,
  known,
  length,
  listOf,
  mapOf,
  number,
  oneOrMore,
  patterned,
  properties,
  type Schema,
  step,
  steps,
  TEXT,
  values,
  whole,
  word,
} from "./json-schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const CHANNELS = ["email", "sms", "whatsapp", "voice"] as const;
const CHANNEL_WORDS = [...CHANNELS, "best"];

/** What a step of a verb begins with in an editor: `id` first, then the verb and what it cannot do without. */
export const SNIPPETS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  send: { send: "${2:template}" },
  wait: { wait: "${2:1d}" },
  wait_for: { wait_for: "${2:message.replied}", within: "${3:24h}" },
  choose: { choose: [{ if: { "${2:lead.score}": { at_least: "${3:0.7}" } }, do: ["$4"] }], otherwise: ["$5"] },
  do: { do: ["$2"] },
  test: { test: "${2:experiment}", step: { send: "${3:template}" }, variants: { "${4:plain}": {} } },
  parallel: { parallel: { "${2:one}": ["$3"], "${4:other}": ["$5"] }, join: "all" },
  tag: { tag: "${2:tag}" },
  update: { update: { "${2:contact.custom.field}": "${3:value}" } },
  note: { note: "${2:text}" },
  task: { task: "${2:Call {{ contact.name \\}\\}}", to: "owner", due: "${3:1d}" },
  assign: { assign: "${2:team.buyers}", by: "round_robin" },
  notify: { notify: "owner", message: "${2:text}" },
  opportunity: { opportunity: "move", pipeline: "${2:pipeline}", stage: "${3:stage}" },
  webhook: { webhook: "https://${2:hooks.example.com}" },
  highlevel_workflow: { highlevel_workflow: "${2:name}" },
  start: { start: "${2:workflow}" },
  call: { call: "${2:workflow}", within: "${3:2d}" },
  stop: { stop: "${2:workflow}" },
  set: { set: { "vars.${2:name}": "${3:value}" } },
  emit: { emit: "${2:event.happened}" },
  score: { score: { add: 0.1 }, for: "${2:7d}", because: "${3:reason}" },
  skip_to: { skip_to: "${2:step}" },
  end: { end: "${2:done}" },
};

const person = (here: Vocabulary, example: readonly string[]): Schema => ({
  ...patterned("^(owner|user\\.[A-Za-z0-9_-]+|team\\.[a-z0-9_]+)$", "owner, user.<id> or team.<id>."),
  examples: [...example, ...here.people],
});

const until = patterned(
  "^\\s*(((mon|tue|wed|thu|fri|sat|sun|\\d{4}-\\d{2}-\\d{2})\\s+)?\\d{1,2}:\\d{2}|[a-z]\\w*(\\.\\w+)+(\\s*[+-]\\s*\\S.*)?)\\s*$",
  'A time such as "09:00", tue 10:00, 2026-12-24 09:00, or an anchor such as appointment.start - 1d.',
);

const WAIT: Keys = {
  for: key("So long. `h` and below are elapsed time, `d` and `w` calendar days.", "for: 4h", duration),
  until: key("A clock time of the lead, or a date of theirs.", "until: tue 10:00", until),
  during: key(
    "Then the first instant inside this window: `business_hours`, or days and hours.",
    'during: "mon-sat 10:00-18:00"',
    patterned(
      "^(business_hours|\\s*([a-z,-]+\\s+)?\\d{1,2}:\\d{2}\\s*-\\s*\\d{1,2}:\\d{2}\\s*)$",
      'business_hours, or a window such as "mon-fri 09:00-18:00".',
    ),
  ),
  best_time: key("Then this lead's best hour within so long.", "best_time: 12h", duration),
  spread: key("Spread the wakes of many leads over so long.", "spread: 20m", length),
};

const TAGS = (here: Vocabulary): Keys => {
  const tags: Schema = { type: ["string", "array"], items: known(here.tags, TEXT, true), examples: here.tags };
  return {
    add: key("Tags to add.", "add: [Qualified]", tags),
    remove: key("Tags to remove.", "remove: [New]", tags),
  };
};

export const verbKeys = (here: Vocabulary, events: Schema, awaited: Schema): Keys => ({
  send: key(
    "Sends a template to the lead, on the first channel that may and can. Goes on once a channel accepted it.",
    "send: welcome",
    known(here.templates, id),
  ),
  wait: key(
    "Waits so long, or until a time. Says when the next step is considered; quiet hours are the send's concern.",
    "wait: 2h30m",
    {
      type: ["string", "object"],
      pattern: DURATION_PATTERN,
      patternErrorMessage: DURATION_MESSAGE,
      additionalProperties: false,
      properties: properties(WAIT),
    },
  ),
  wait_for: key(
    "Waits for an event, or for a fact, but no longer than `within`.",
    "wait_for: message.replied",
    awaited,
  ),
  choose: key(
    "Takes the first case that is true. Unknown is not true.",
    "choose: [{ if: { lead.score: { at_least: 0.7 } }, do: [{ tag: Hot }] }]",
    {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["do"],
        properties: properties({
          name: key("What this case is called in the graph and in traces.", "name: Hot", TEXT),
          about: key("A remark for people.", "about: They are looking now.", TEXT),
          if: key("When this case is taken; without it, always.", "if: { lead.score: { at_least: 0.7 } }", condition),
          do: key("The steps of this case.", "do: [{ tag: Hot }]", steps),
        }),
      },
    },
  ),
  do: key("Steps taken together: under one `if`, or repeated.", "do: [{ id: n, send: nudge }]", steps),
  test: key("Runs an experiment on this step.", "test: welcome_subject", known(here.experiments, id)),
  parallel: key(
    "Branches taken side by side.",
    "parallel: { human: [{ task: Ring them }], machine: [{ send: nudge }] }",
    mapOf(steps),
  ),
  tag: key("Adds tags, or adds and removes.", "tag: { add: [Qualified], remove: [New] }", {
    type: ["string", "array", "object"],
    items: known(here.tags, TEXT, true),
    additionalProperties: false,
    properties: properties(TAGS(here)),
    examples: here.tags,
  }),
  update: key("Writes fields of the contact in the CRM.", "update: { contact.custom.stage: nurtured }", {
    type: "object",
    minProperties: 1,
    properties: properties(
      Object.fromEntries(here.fields.map((name) => [name, key("A field of this folder.", `${name}: value`, given)])),
    ),
    patternProperties: { "^contact\\.": given },
    additionalProperties: false,
  }),
  note: key("Writes a note on the contact.", 'note: "Opened both guides"', TEXT),
  task: key("Makes a task for a person.", 'task: "Call {{ contact.name }}"', TEXT),
  assign: key("Assigns the contact to somebody.", "assign: team.buyers", person(here, [])),
  notify: key("Tells somebody of the team.", "notify: owner", person(here, ["owner"])),
  opportunity: key(
    "Creates, moves or closes the lead's opportunity.",
    "opportunity: move",
    word("create", "move", "won", "lost"),
  ),
  webhook: key(
    "Calls a public https address.",
    "webhook: https://hooks.example.com/enrich",
    patterned("^https://", "Webhooks must be https."),
  ),
  highlevel_workflow: key(
    "Puts the contact into a workflow of the CRM, or takes it out.",
    "highlevel_workflow: call_new_buyer",
    known(here.crmWorkflows, TEXT, true),
  ),
  start: key("Starts another workflow for this lead, and goes on.", "start: hot_handoff", known(here.workflows, id)),
  call: key("Runs another workflow and waits for its end.", "call: qualification_analysis", known(here.workflows, id)),
  stop: key(
    "Ends this lead's runs of a workflow, or of a group.",
    "stop: nurture",
    known([...here.workflows, ...here.groups], id),
  ),
  set: key("Writes values of this run.", "set: { vars.tier: ready }", {
    type: "object",
    minProperties: 1,
    patternProperties: { "^vars\\.": given },
    additionalProperties: false,
  }),
  emit: key("Writes an event into the lead's log.", "emit: tour.requested", events),
  score: key("Adds to the lead's score for a while.", "score: { add: 0.1 }", {
    type: "object",
    additionalProperties: false,
    required: ["add"],
    properties: properties({ add: key("How much, from -1 to 1.", "add: 0.1", number(-1, 1)) }),
  }),
  skip_to: key("Goes to a later step of this list, or of one around it.", "skip_to: closing", id),
  end: key("Ends the run, with a word for how.", "end: done", { ...id, type: ["string", "null"] }),
});

const branch = (what: string, name: string): ReturnType<typeof key> =>
  key(`Steps taken ${what}. Then the run goes on.`, `${name}: [{ tag: unreachable }]`, steps);

/** Keys beside a verb, and the verbs they go with. */
export const mannerKeys = (here: Vocabulary): Keys => ({
  subject: key("The e-mail's subject, instead of the template's.", "subject: Another try", TEXT),
  via: key("Channels in order of failover; or `best`, the lead's own best first.", "via: [email, sms]", {
    type: ["string", "array", "object"],
    pattern: `^(${CHANNEL_WORDS.join("|")})$`,
    patternErrorMessage: `A channel: ${CHANNEL_WORDS.join(", ")}.`,
    items: { enum: CHANNEL_WORDS },
    minItems: 1,
    uniqueItems: true,
    additionalProperties: false,
    properties: properties({
      best: key("The best of these.", "best: [sms, email]", { ...listOf({ enum: CHANNELS }), uniqueItems: true }),
    }),
    examples: CHANNEL_WORDS,
  }),
  within: key("How long at most.", "within: 24h", duration),
  hold: key("The longest a message may wait for quiet hours, caps and windows; default 72h.", "hold: 24h", length),
  proceed: key(
    "When the run goes on; default `accepted`.",
    "proceed: delivered",
    word("accepted", "delivered", "queued"),
  ),
  if_failed: branch("when every channel rejected it", "if_failed"),
  if_late: branch("when it was not confirmed delivered within `within`", "if_late"),
  if_blocked: branch("when no channel may be used: no consent, opted out, no address", "if_blocked"),
  if_expired: branch("when it was held longer than `hold`", "if_expired"),
  if_past: branch("when the instant is over already", "if_past"),
  if_missing: branch("when the lead has no such date", "if_missing"),
  with: key("Values handed over.", "with: { reason: asked for a tour }", values),
  from: key("In whose name, or from which number or address.", "from: owner", {
    ...patterned(
      "^(owner|user\\.[A-Za-z0-9_-]+|\\+[1-9]\\d{7,14}|[^\\s<>@]+@[^\\s<>@]+)$",
      "owner, user.<id>, a number such as +15125550100, or an address without a name.",
    ),
    examples: ["owner", ...here.people],
  }),
  purpose: key(
    "Which consent and caps apply; default `marketing`. A `reply` is one for 24 hours after the lead last wrote, called or sent a form.",
    "purpose: reply",
    word("marketing", "reply", "transactional"),
  ),
  urgent: key("Front of the rate-budget line. Changes no permission.", "urgent: true", FLAG),
  of: key("Which step's message; without it, this run's latest; or `any`.", "of: welcome", TEXT),
  since: key("Looks back: `enrolled`, a step, or a duration up to 90d.", "since: enrolled", TEXT),
  then: branch("when it came in time", "then"),
  otherwise: branch("when it did not", "otherwise"),
  repeat: key("How many passes at most.", "repeat: 3", whole(1, 50)),
  until: key("Looked at before each pass; true ends the loop.", "until: { lead.score: { at_least: 0.7 } }", condition),
  every: key("Between passes, not after the last.", "every: 2d", duration),
  step: key("The step as it would be without a test.", "step: { send: welcome, via: email }", step),
  variants: key(
    "What each variant changes: keys here replace keys of `step`; another verb replaces the step.",
    "variants: { email: {}, text: { via: sms } }",
    mapOf({ $ref: "#/definitions/step_of_variant" }),
  ),
  join: key("How many branches must end: `all`, `any` (the rest are withdrawn), or a number.", "join: all", {
    type: ["string", "integer"],
    pattern: "^(all|any)$",
    patternErrorMessage: "all, any, or a number of branches.",
    minimum: 1,
  }),
  body: key("The text of a task, or what a webhook sends.", "body: More about it", {
    type: ["string", "object", "array"],
  }),
  to: key("Who gets the task; default `owner`.", "to: owner", person(here, ["owner"])),
  due: key("When the task is due, from now; default 1d.", "due: 4h", duration),
  by: key("How one of a team is chosen.", "by: least_busy", word("round_robin", "least_busy")),
  only: key("Only people who are available.", "only: available", word("available")),
  message: key("What they are told.", 'message: "{{ contact.name }} wants a call"', TEXT),
  through: key("How they are told; default `app`.", "through: [app, sms]", {
    ...oneOrMore(patterned("^(app|sms|email)$", "app, sms or email.")),
    examples: ["app", "sms", "email"],
  }),
  pipeline: key("A pipeline, by its name in the CRM.", "pipeline: Buyers", known(here.pipelines, TEXT)),
  stage: key("A stage of it, by its name in the CRM.", "stage: Showing", known(here.stages, TEXT)),
  value: key("What the opportunity is worth.", "value: 500000", given),
  method: key("Default POST.", "method: POST", word("GET", "POST", "PUT", "PATCH", "DELETE")),
  headers: key("Headers of the request.", "headers: { X-Source: latchkey }", {
    type: "object",
    additionalProperties: TEXT,
  }),
  secret: key("Name of a stored secret; signs the request.", "secret: ENRICH_KEY", TEXT),
  save: key("Copies parts of the answer into `vars`; the run waits for it.", "save: { vars.income_band: data.band }", {
    type: "object",
    patternProperties: { "^vars\\.": TEXT },
    additionalProperties: false,
  }),
  timeout: key("How long an answer may take.", "timeout: 10s", length),
  action: key("Default `add`.", "action: remove", word("add", "remove")),
  reason: key("Why, for the trace.", "reason: a person took over", TEXT),
  for: key("How long the addition counts.", "for: 7d", duration),
  because: key("Why, for the score's reasons.", "because: met at an open house", TEXT),
  goal: key("This end counts as the goal.", "goal: true", FLAG),
  outputs: key("Values handed to the workflow that called.", "outputs: { tier: vars.tier }", {
    type: "object",
    patternProperties: { "^[a-z]": given },
    additionalProperties: false,
  }),
});

export const commonKeys: Keys = {
  id: key("What a lead can be parked on has an id; unique in the workflow.", "id: welcome", id),
  name: key("Shown to people. In `opportunity`: the name of the deal.", "name: Welcome", TEXT),
  about: key("A remark for people: shown in the graph and in traces.", "about: Why this exists.", TEXT),
  if: key("Otherwise the step is skipped. Unknown is not true.", "if: { contact.city: Austin }", condition),
  on_error: key(
    "For errors of ours: the CRM refused a write, a webhook was down.",
    "on_error: { retry: 3, every: 5m, then: continue }",
    {
      type: "object",
      additionalProperties: false,
      properties: properties({
        retry: key("How often to try again.", "retry: 3", whole(0, 10)),
        every: key("The first pause; it doubles.", "every: 5m", length),
        then: key("What then: `fail`, `continue`, `end`, or steps.", "then: continue", {
          type: ["string", "array"],
          pattern: "^(fail|continue|end)$",
          patternErrorMessage: "fail, continue, end, or a list of steps.",
          items: step,
        }),
      }),
    },
  ),
};

/** Only where the type of a key hangs on the verb. */
export const BY_VERB: readonly Schema[] = [{ if: { required: ["task"] }, then: { properties: { body: TEXT } } }];
