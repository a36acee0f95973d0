// Answers about messages: what outreach makes of them, and the events that people write about.

import type { Answer } from "../events/index.ts";
import { isMachineClick, isOwnLink, linkKey, type OutboxEntry, type OutboxRow, settle } from "../outreach/index.ts";
import { isTheirs, learn } from "./addresses.ts";
import { count, type Desk, derive } from "./desk.ts";
import { caseOf, messageOf, takeSettled } from "./outbox.ts";
import { present } from "./trace.ts";

/** How an opt-out by the page of an e-mail is told. */
const BY_LINK = "the unsubscribe link";

/** What the sender or a receipt reports about an effect of ours. */
export function takeAnswer(desk: Desk, answer: Answer): void {
  const entry = desk.outbox.get(answer.outbox);
  if (entry === undefined) {
    count(desk, "answer.unknown", answer.outcome);
    return;
  }
  // the click on a link of ours has told itself; a click on the way out is no interest
  if (answer.outcome === "clicked" && answer.providerId !== undefined && isOwnLink(answer.link)) return;
  // it went to an address that is no longer the lead's: that one is left alone, the lead has said nothing
  const elsewhere = answer.to !== undefined && answer.channel === "email" && !isTheirs(desk, "email", answer.to);
  if (answer.outcome === "unsubscribed" && !elsewhere && desk.known.email?.optedOutAt !== undefined) {
    // it is told already; that it was said again outlives a lift of what was before
    learn(desk, settle(entry.row, messageOf(entry), answer, desk.scene.outreach, caseOf(desk)).addresses);
    return;
  }
  takeSettled(desk, settle(entry.row, messageOf(entry), answer, desk.scene.outreach, caseOf(desk)), undefined);
  if (answer.outcome === "unsubscribed" && elsewhere) return;
  const { message } = desk.outbox.get(answer.outbox) ?? entry;
  const event = eventOf(answer, entry.row, message);
  const cause = `${answer.outbox}:${answer.outcome}:${answer.at}`;
  if (event !== undefined) derive(desk, event, cause, 1);
  if (answer.outcome === "unsubscribed") {
    derive(desk, { type: "consent.changed", at: answer.at, data: { family: "email", to: "opted_out" } }, cause, 1);
    const values = { family: "email", rule: "unsubscribe link", word: BY_LINK, when: answer.at };
    const evidence = { type: "message", id: answer.outbox } as const;
    const link = {
      kind: "permission",
      status: "off",
      code: "consent.opted_out",
      values,
      at: answer.at,
      evidence,
    } as const;
    desk.drafts.push({ at: desk.clock, kind: "effect", verdict: "blocked", links: [link] });
  }
}

/** As far as is known when it is told: what comes later changes what is counted, not what this turn did. */
const isScanned = ({ outcome, at, link }: Answer, message: OutboxEntry["message"]): boolean =>
  outcome === "clicked" &&
  message !== undefined &&
  isMachineClick(message.delivery, at, link === undefined ? undefined : linkKey(link));

/** The events that people write about, made of answers about messages. */
function eventOf(answer: Answer, row: OutboxRow, message: OutboxEntry["message"]) {
  if (row.kind !== "message") return undefined;
  const channel = answer.channel ?? row.channels[row.place];
  const data = {
    "message.id": row.id,
    ...present({
      channel,
      run: row.run,
      workflow: row.workflow,
      step: row.path,
      link: answer.link,
      machine: isScanned(answer, message) || answer.machine,
      detail: answer.detail,
    }),
  };
  const types: Partial<Record<Answer["outcome"], string>> = {
    accepted: "message.sent",
    delivered: "message.delivered",
    failed: "message.failed",
    refused: "message.failed",
    bounced: "email.bounced",
    opened: "email.opened",
    clicked: channel === "email" ? "email.clicked" : "link.clicked",
    complained: "email.complained",
    unsubscribed: "message.opted_out",
  };
  const type = types[answer.outcome];
  return type === undefined ? undefined : { type, at: answer.at, data };
}
