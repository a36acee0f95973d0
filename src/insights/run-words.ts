// What rules, entries, runs and their effects did, in words.

import { bestWords, hourWords, senderWords } from "./channel-words.ts";
import { channelWord } from "./event-words.ts";
import {
  at,
  because,
  condition,
  entered,
  likeThis,
  name,
  ofHundred,
  on,
  plainReason,
  prefixed,
  ruleName,
  type Say,
  share,
  step,
  tags,
  workflow,
} from "./phrase.ts";
import { capital, join, plain, type Values } from "./values.ts";

/** Why a rule did or did not fire, why a lead did or did not enter, and how a run went. */
export const CAUSES = {
  "rule.fired": (v) => ({
    line: ruleName(v),
    note:
      [v.list("reasons").join(" + "), prefixed("may fire again ", v.moment("again", "cooldownUntil", "until"))]
        .filter(Boolean)
        .join(" · ") || undefined,
  }),
  "rule.cooldown": (v) => ({
    line: `${ruleName(v)} fired${prefixed(" ", v.ago("fired", "firedAt", "last"), " ago")}${prefixed("; again from ", v.moment("again", "until"))}`,
  }),
  "rule.short": (v) => ({
    line: `${ruleName(v)}: ${v.number("k") ?? 0} of ${v.number("n") ?? "those needed"} seen`,
    note: prefixed("within ", v.span("window")) || undefined,
  }),
  "rule.guard": (v) => ({
    line: `${ruleName(v)} stays quiet${because(v.text("reason"))}`,
    note: prefixed("until ", v.moment("until")) || undefined,
  }),
  "rule.if": (v) => ({ line: `${ruleName(v)}: its condition does not hold${condition(v)}` }),
  "guard.new_lead": (v) => ({
    line: `${ruleName(v)} stays quiet: the lead is new`,
    note: prefixed("until ", v.moment("until")) || undefined,
  }),
  "guard.agent_contact": (v) => ({
    line: `${ruleName(v)} stays quiet: a person of the team was in touch`,
    note: prefixed("until ", v.moment("until")) || undefined,
  }),
  "enroll.enrolled": () => "entered",
  "enroll.pending": () => "waits to enter",
  "enroll.asked": (v) => `asked for${prefixed(" by ", v.text("by", "who"))}`,
  "enroll.limit": () => "already in as many workflows as one lead may be",
  rollout: (v) => `not in the share this workflow takes in${prefixed(": ", share(v.number("share", "rollout")))}`,
  holdout: (v) => `in the ${share(v.number("share", "holdout")) ?? "group"} we leave out to compare`,
  "group.busy": (v, x) => `already in ${workflow(v, x)}`,
  "workflow.draft": (v, x) => `${workflow(v, x)} is a draft`,
  "run.pending": () => "waits to begin",
  "run.waiting": () => "goes on waiting",
  "score.rules": (v) => ({
    line: ofHundred(v.number("score", "value")) ?? "scored",
    note: v.list("reasons").join(" + ") || "from rules: too few outcomes for a model",
  }),
  "score.model": (v) => ({
    line: [ofHundred(v.number("score", "value")) ?? "scored", likeThis(v.number("chance"), v.value("aim"))]
      .filter(Boolean)
      .join("; "),
    note: prefixed("model ", v.text("model")) || undefined,
  }),
  "enroll.ok": (v, x) => entered(v, x),
  "enroll.entered": (v, x) => entered(v, x),
  "enroll.condition": (v) => {
    const field = v.text("field", "subject");
    if (field === undefined) return "its condition does not hold";
    const value = v.text("value");
    if (value === undefined || v.text("why") === "empty") return `${plain(field)} is empty, so nothing is decided`;
    return `${plain(field)} is ${value}, needs ${v.text("wanted", "needs") ?? "another value"}`;
  },
  "enroll.unknown": (v) => `${plain(v.text("field", "subject") ?? "a field")} is empty, so nothing is decided`,
  "enroll.again": (v) =>
    `was in${prefixed(" until ", v.date("until", "ended"))}${v.date("again", "from") ? `; again from ${v.date("again", "from")}` : "; enters once only"}`,
  "enroll.holdout": (v) => `in the ${share(v.number("share", "x")) ?? "group"} we leave out to compare`,
  "enroll.rollout": (v) => `not in the first ${share(v.number("share", "x")) ?? "group"}`,
  "enroll.group": (v, x) => `already in ${workflow(v, x)}`,
  "enroll.running": (v, x) => `already in ${workflow(v, x)}`,
  "enroll.paused": (v, x) => `${workflow(v, x)} takes nobody in while it is paused`,
  "enroll.queued": (v, x) => `waits for ${workflow(v, x)} to end`,
  "enroll.settle": (v) => `settling${prefixed(" until ", v.moment("until"))}`,
  "enroll.lineage": () => "started by itself, or too deep a chain of workflows that start one another",
  "enroll.inputs": (v) =>
    `what it was given does not fit: ${v.text("input") ?? "an input"} is ${plain(v.text("why") ?? "wrong")}`,
  "assign.chosen": (v) =>
    v.text("reason") ?? `chosen from ${plain(v.text("team") ?? "the team")}, ${plain(v.text("by") ?? "in turn")}`,
  "enroll.restart": (v, x) => `began ${workflow(v, x)} anew`,
  "workflow.step": (v, x) => at(v, x),
  "step.entered": (v, x) => at(v, x),
  "step.skipped": (v) => `step ${name(v)} left out${condition(v) || ": its condition does not hold"}`,
  "step.done": (v) => `step ${name(v)} done`,
  "step.failed": (v) => `step ${name(v)} failed${because(v.text("reason", "error", "last"))}`,
  "step.retry": (v) => `step ${name(v)} is tried again${prefixed(" ", v.moment("at", "until"))}`,
  "choose.case": (v) => `took “${v.text("case", "to") ?? "a branch"}”${prefixed(" at ", step(v))}`,
  "choose.otherwise": (v) => `no case held${prefixed(" at ", step(v))}`,
  "wait.started": (v) => `waits${prefixed(" until ", v.moment("until", "at"))}`,
  "wait.over": () => "the wait is over",
  "wait.past": () => "the moment to wait for had passed",
  "wait.missing": (v) => `nothing to wait for: ${plain(v.text("anchor", "field") ?? "its date")} is empty`,
  "wait_for.started": (v) =>
    `waits for ${join(v.list("events", "event").map(plain), "or") || "news"}${prefixed(", at most until ", v.moment("until"))}`,
  "wait_for.met": (v) =>
    `what it waited for came${prefixed(": ", v.text("event") === undefined ? undefined : plain(v.text("event") ?? ""))}`,
  "wait_for.over": () => "nothing came in time",
  goal: (v) =>
    `goal reached${prefixed(": ", v.text("event") === undefined ? undefined : plain(v.text("event") ?? ""))}`,
  "goal.reached": (v) =>
    `goal reached${prefixed(": ", v.text("event") === undefined ? undefined : plain(v.text("event") ?? ""))}`,
  exit: (v) => `ended${because(v.text("reason"))}`,
  "run.completed": (v) => `done${because(v.text("outcome", "reason"))}`,
  "run.ended": (v) => `ended${because(v.text("outcome", "reason"))}`,
  "run.failed": (v) => `failed${because(v.text("reason", "error", "last"))}`,
  "run.stopped": (v) => `stopped${prefixed(" by ", v.text("who", "by"))}${because(v.text("reason"))}`,
  "run.paused": (v) => `paused${prefixed(" until ", v.moment("until"))}${because(v.text("reason"))}`,
  "run.resumed": () => "goes on",
  "run.timed_out": () => "ended: it had run too long",
  timed_out: (v) => `ended: it had run longer than ${v.span("after") ?? "it may"}`,
  too_many_steps: (v) => `stopped: more than ${v.number("most") ?? "the allowed number of"} steps in one go`,
  "run.retried": () => "tried again by hand",
  "wait.best": hourWords,
  "wait.until": (v) => `waits${prefixed(" until ", v.moment("until"))}`,
  "wait_for.listening": (v) =>
    `waits for ${join(v.list("events", "event").map(plain), "or") || "news"}${prefixed(", at most until ", v.moment("until"))}`,
  "wait_for.timed_out": () => "nothing came in time",
  "branch.case": (v) => `took “${v.text("name", "path") ?? "a branch"}”`,
  "branch.otherwise": () => "took “otherwise”",
  "branch.none": () => "no branch held; it goes on",
  "case.not_taken": (v) => `left out ${name(v)}${condition(v)}`,
  "loop.pass": (v) => `pass ${v.number("pass") ?? "?"} of ${v.number("of") ?? "?"}`,
  "loop.done": (v) => `done after ${v.number("passes") ?? "all"} passes`,
  "loop.until": (v) => `done after ${v.number("passes") ?? "some"} passes: what it waited for holds`,
  "step.jumped": (v) => `jumped to “${v.text("to") ?? "a later step"}”`,
  "error.retry": (v) => `an error; tried again${prefixed(" ", v.moment("until"))}`,
  "error.fail": (v) => `failed${because(v.text("reason"))}`,
  "error.continue": (v) => `an error, and it went on${because(v.text("reason"))}`,
  "error.end": (v) => `an error ended it${because(v.text("reason"))}`,
  "error.do": (v) => `an error, answered by the step's own branch${because(v.text("reason"))}`,
  "start.asked": (v, x) => `${workflow(v, x)} begins beside it`,
  "start.refused": (v, x) => {
    const why = v.text("why");
    if (why !== undefined) return `what it started did not begin: ${plainReason(why)}`;
    return `${workflow(v, x)} is not started: too deep a chain of workflows that start one another`;
  },
  "start.shadow": () => "would start a workflow, but only rehearses",
  "call.asked": (v, x) => `waits for ${workflow(v, x)} to end`,
  "call.completed": (v) => `what it called has ended${because(v.text("outcome"))}`,
  "call.failed": (v) => `what it called failed${because(v.text("outcome"))}`,
  "call.refused": (v) => `what it called did not begin${because(v.text("outcome"))}`,
  "call.stopped": (v) => `what it called was stopped${because(v.text("outcome"))}`,
  "call.timed_out": () => "what it called did not end in time",
  "parallel.begun": (v) => `branches began side by side${prefixed(": ", join(v.list("branches").map(plain)))}`,
  "parallel.joined": () => "enough of its branches have ended; it goes on",
  "parallel.skipped": () => "its branches were passed by; it goes on",
  "parallel.timed_out": () => "its branches did not end in time; it goes on",
  "parallel.withdrawn": (v) => `the branch at ${name(v)} is no longer needed`,
  "test.variant": (v) => `got “${v.text("variant") ?? "a variant"}” of ${experiment(v)}`,
  "test.no_variant": (v) => `${experiment(v)} had no branch for its variant; it goes on`,
  "set.done": (v) => `noted ${join(v.list("vars").map(plain)) || "something"}`,
  "step.passed": (v) => `step ${name(v)} was passed by by hand${because(v.text("reason"))}`,
  "run.moved": () => "went on in another version of the workflow",
  "run.retimed": (v) => `its wait was set anew${prefixed(", until ", v.moment("until"))}${because(v.text("reason"))}`,
  already_sent: (v) => `step ${name(v)} had sent before and is not sent again`,
} satisfies Readonly<Record<string, Say>>;

/** What became of an effect. */
export const OUTCOMES = {
  "hold.expired": (v) =>
    `could not go within ${v.span("hold", "ms") ?? "its time"}${prefixed("; longest blocker: ", v.text("verdict", "code") === undefined ? undefined : plain(v.text("verdict", "code") ?? ""))}`,
  "place.taken": (v, x) => `took the place of ${join(v.list("workflows").map(x.workflow)) || "another message"}`,
  "place.given": (v, x) => `gave its place to ${workflow(v, x)}`,
  "send.failover": (v, _, channel) => {
    const from = v.text("from", "channel");
    const to = v.text("to", "next");
    const why = v.text("detail", "reason", "words");
    return `${capital(from === undefined ? on(channel) : channelWord(from))} ${v.text("outcome") ?? "refused"}${because(why)}${to ? `; trying ${channelWord(to)}` : ""}`;
  },
  "send.unconfirmed": (v) =>
    `asked${prefixed(" at ", v.moment("at"))}, no answer; looking in the conversation before anything is sent again`,
  "send.failed": (v) =>
    `every channel failed${prefixed(": ", join(v.list("channels", "list").map(channelWord)) || undefined)}`,
  "send.blocked": () => "no channel may be used",
  "send.asked": (v) => `asked for a message from “${v.text("template") ?? "a template"}”`,
  "send.accepted": (v) => `accepted; delivery is awaited${prefixed(" until ", v.moment("until"))}`,
  "send.sent": () => "sent, and on to the next step",
  "send.delivered": () => "delivered, and on to the next step",
  "send.expired": () => "its time was over before it could go",
  "send.settled": () => "a person said what became of it",
  "tag.asked": (v) => tags(v),
  "tag.unchanged": () => "the tags were as wanted already",
  "assign.asked": (v) => `asked to be assigned${prefixed(" to ", v.text("to"))}`,
  "update.asked": (v) => `a change of the contact${prefixed(": ", join(v.list("fields").map(plain)))}`,
  "update.unchanged": () => "the contact was as wanted already",
  "opportunity.asked": (v) => `opportunity: ${v.text("action") ?? "change"}`,
  "crm_workflow.asked": (v) => crmWorkflow(v),
  "notify.asked": (v) => `a notice${prefixed(" for ", v.text("to"))}`,
  "webhook.asked": () => "a webhook",
  "webhook.answered": (v) => `the webhook answered${prefixed("; kept ", join(v.list("vars").map(plain)))}`,
  "emit.asked": (v) => `said that ${plain(v.text("event") ?? "something")} happened`,
  "emit.shadow": () => "would tell of an event, but only rehearses",
  "score.asked": (v) => `the score moves${prefixed(" by ", v.text("add"))}${prefixed(" until ", v.moment("until"))}`,
  "score.shadow": () => "would move the score, but only rehearses",
  "stop.asked": (v, x) =>
    v.text("group") === undefined
      ? `ends ${workflow(v, x)} for this lead`
      : `ends the group “${v.text("group")}” for this lead`,
  "stop.shadow": () => "would end other workflows, but only rehearses",
  "send.late": () => "not delivered in time, and on to what is said for that",
  "task.asked": (v) => `a task${prefixed(" for ", v.text("to"))}${prefixed(", due ", v.moment("due"))}`,
  "note.asked": () => "a note",
  "channel.chosen": (v) => {
    const chosen = v.text("channel");
    const rest = v
      .list("order", "channels", "next")
      .filter((item) => item !== chosen)
      .map(channelWord);
    return {
      line: `${capital(channelWord(chosen ?? "channel"))}, as the step says`,
      note:
        [rest.length === 0 ? undefined : `${join(rest)} next`, senderWords(v)].filter(Boolean).join(" · ") || undefined,
    };
  },
  "channel.best": bestWords,
  "channel.next": (v) => `${capital(channelWord(v.text("channel") ?? "the next channel"))} is next`,
  "channel.none": () => "none left",
  "provider.none": () => "never asked",
  "provider.waiting": () => ({ line: "not asked yet", note: "all of this is checked again at that moment" }),
  "effect.task": (v) =>
    `a task${prefixed(" for ", v.text("to"))}${prefixed(": “", v.text("title"), "”")}${prefixed(", due ", v.moment("dueAt", "due"))}`,
  "effect.tag": (v) => tags(v),
  "effect.note": (v) => `a note${prefixed(": “", v.text("text"), "”")}`,
  "effect.update": (v) => `a change of the contact${prefixed(": ", join(v.list("changed").map(plain)) || undefined)}`,
  "effect.assign": (v) => `assigned${prefixed(" to ", v.text("to"))}`,
  "effect.notify": (v) => `a notice${prefixed(" for ", v.text("to"))}${prefixed(": “", v.text("message"), "”")}`,
  "effect.opportunity": (v) =>
    `opportunity: ${v.text("action") ?? "change"}${prefixed(" in ", v.text("pipeline"))}${prefixed(", ", v.text("stage"))}`,
  "effect.webhook": (v) => `a webhook${prefixed(" to ", v.text("host"))}`,
  "effect.crm_workflow": (v) => crmWorkflow(v),
  "effect.refused": (v) => `could not be asked for${because(v.text("reason"))}`,
  "write.undecided": () => "asked, no answer, and nothing shows whether it was done: a person has to say",
  "effect.unchanged": () => "it was so already: nothing to do",
  "provider.undecided": () => "asked, no answer, and it was not found for certain: a person has to say whether it went",
  "crm_trigger.told": (v) => `a workflow of the CRM was told: ${happened(v)}`,
  "crm_trigger.failed": (v) =>
    `a workflow of the CRM could not be told: ${happened(v)}${because(v.text("detail", "reason"))}`,
  "provider.delivered": (v) => {
    const detail = v.text("detail");
    return detail === "answered" ? "they answered" : detail === "voicemail" ? "a voicemail was left" : "it arrived";
  },
  "provider.accepted": () => "the CRM has it",
  "put_off.rate": () => ({
    line: "put off: the CRM takes no more requests at the moment",
    note: "asked again by itself",
  }),
  "put_off.auth": () => ({
    line: "put off: the CRM does not accept this team's token (401)",
    note: "connect the team again; then it goes by itself",
  }),
  "put_off.forbidden": () => ({
    line: "put off: the CRM says that a scope is missing (403)",
    note: "latchkey doctor names it; once it is granted this goes by itself",
  }),
  "put_off.limit": () => ({
    line: "put off: the CRM's limit of texts a day is reached",
    note: "asked again every hour, as long as the message may wait",
  }),
  "put_off.unreachable": () => ({ line: "put off: the CRM cannot be reached", note: "asked again by itself" }),
  "put_off.breaker": () => ({
    line: "put off: too many requests to the CRM failed in a row",
    note: "asked again by itself",
  }),
  "provider.refused": (v) => `the CRM refused it${because(v.text("detail", "reason"))}`,
  "then.task": (v) =>
    `a task${prefixed(" for ", v.text("to", "for"))}${prefixed(": “", v.text("title"), "”")}${prefixed(", due ", v.moment("due", "dueAt"))}`,
  "then.branch": (v) => `the step's “${plain(v.text("branch", "outcome") ?? "branch")}” ran`,
  "then.tag": (v) => tags(v),
  "then.note": (v) => `a note${prefixed(": “", v.text("text"), "”")}`,
} satisfies Readonly<Record<string, Say>>;

const experiment = (values: Values) => `the test ${prefixed("“", values.text("experiment"), "”") || "it is in"}`;

/** What a trigger of the CRM's workflows is about. */
const happened = (values: Values): string => {
  const about = values.text("about");
  switch (values.text("trigger")) {
    case "tier":
      return `the lead became ${about ?? "another tier"}`;
    case "run_ended":
      return `its run of “${plain(about ?? "a workflow")}” ended`;
    default:
      return `“${plain(about ?? "a trigger")}” fired`;
  }
};

const crmWorkflow = (values: Values) =>
  `${values.text("action") === "remove" ? "taken out of" : "put into"} ${prefixed("the CRM's workflow “", values.text("workflow"), "”") || "a workflow of the CRM"}`;
