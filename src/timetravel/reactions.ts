// A lead's log as letters that come again, and its real reactions to our messages, given to the messages that stand for
// them: the same workflow, step and template, in the order in which they were sent, so long after as it really was.

import type { Answer, AnswerOutcome, LeadEvent } from "../events/index.ts";
import { property } from "../events/index.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { Publication } from "../workflows/index.ts";
import type { Leaving } from "./departures.ts";
import type { Source } from "./drive.ts";
import { openQueue } from "./queue.ts";

export interface Reactions extends Source {
  /** A message leaves: what was done about the real one is done about it. */
  follow(leaving: Leaving): void;
}

/** A message of ours that really left. */
interface Real {
  readonly sentAt: Instant;
  readonly answers: { readonly after: Millis; readonly answer: Omit<Answer, "outbox" | "at"> }[];
  readonly replies: { readonly after: Millis; readonly event: LeadEvent }[];
}

const OUTCOMES: Readonly<Record<string, AnswerOutcome>> = {
  "message.delivered": "delivered",
  "message.failed": "failed",
  "email.bounced": "bounced",
  "email.opened": "opened",
  "email.clicked": "clicked",
  "email.complained": "complained",
};

const textOf = (event: LeadEvent, name: string): string | undefined => {
  const value = property(event.data, name);
  return typeof value === "string" ? value : undefined;
};

/** @param live whose steps sent the real messages: one whose template has changed since stands for nothing */
export function openReactions(lead: string, events: readonly LeadEvent[], live: Publication): Reactions {
  const queue = openQueue();
  const byId = new Map<string, Real>();
  const byStep = new Map<string, Real[]>();
  const ours = events.filter(({ source }) => source === "latchkey");
  for (const event of ours) {
    const id = textOf(event, "message.id");
    if (event.type !== "message.sent" || id === undefined || byId.has(id)) continue;
    const real: Real = { sentAt: event.at, answers: [], replies: [] };
    byId.set(id, real);
    const step = `${textOf(event, "workflow")} ${textOf(event, "step")}`;
    byStep.set(step, [...(byStep.get(step) ?? []), real]);
  }
  const answered = new Map<string, Real>();
  for (const event of ours) {
    const real = byId.get(textOf(event, "message.id") ?? "");
    if (real === undefined) continue;
    const after = Math.max(0, event.at - real.sentAt);
    if (event.type === "message.replied") answered.set(words(event), real);
    const outcome = OUTCOMES[event.type];
    if (outcome === undefined) continue;
    const link = textOf(event, "link");
    const machine = property(event.data, "machine") === true;
    real.answers.push({ after, answer: { outcome, ...(link === undefined ? {} : { link }), machine } });
  }
  for (const event of inOrder(events)) {
    const real = event.type === "message.received" ? answered.get(words(event)) : undefined;
    if (real === undefined) queue.add(event.receivedAt, lead, { kind: "event", event });
    else real.replies.push({ after: Math.max(0, event.at - real.sentAt), event });
  }
  const templates = templatesOf(live);

  return {
    next: queue.next,
    take: queue.take,
    follow({ row, channel, at }) {
      const path = `${row.workflow} ${row.path}`;
      const plain = path.replace(/#.*$/, "");
      if (templates.get(plain)?.has(String(row.body["template"])) !== true) return;
      const real = byStep.get(path)?.shift();
      for (const { after, answer } of real?.answers ?? []) {
        const then = at + after;
        queue.add(then, lead, { kind: "answer", at: then, answer: { outbox: row.id, at: then, channel, ...answer } });
      }
      for (const { after, event } of real?.replies ?? []) {
        const then = at + after;
        queue.add(then, lead, { kind: "event", event: { ...event, at: then, receivedAt: then } });
      }
    },
  };
}

/** What was received, and when: the reply derived of it says the same. */
const words = (event: LeadEvent): string => JSON.stringify([event.at, textOf(event, "channel"), textOf(event, "text")]);

/** What others told us, as it came; what we made of it is made again. */
const inOrder = (events: readonly LeadEvent[]): LeadEvent[] =>
  events
    .filter(({ source }) => source !== "latchkey")
    .sort((a, b) => a.receivedAt - b.receivedAt || (a.id < b.id ? -1 : 1));

/** By `<workflow> <path>`: what the live version sends from there. */
function templatesOf({ plans }: Publication): Map<string, Set<string>> {
  const templates = new Map<string, Set<string>>();
  for (const plan of plans) {
    for (const step of plan.lists.flat()) {
      if (step.verb !== "send") continue;
      const path = `${plan.workflow} ${step.path}`;
      templates.set(path, (templates.get(path) ?? new Set()).add(step.template));
    }
  }
  return templates;
}
