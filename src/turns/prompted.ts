// Whether something of the lead itself prompted a turn: what it decides then goes before what clocks and plans ask of
// many. Pure, and only of the turn's mail, which its record keeps: decided again, a turn answers alike.

import type { Answer, Mail } from "../events/index.ts";
import type { LeadCase } from "./case.ts";

/** The lead or an agent did something, somebody asked something of this one lead, or what they set going was answered. */
export const isPrompted = ({ mail, outbox }: Pick<LeadCase, "mail" | "outbox">): boolean =>
  mail.some((letter) => prompts(letter, outbox));

function prompts(letter: Mail, outbox: LeadCase["outbox"]): boolean {
  switch (letter.kind) {
    case "event":
      return letter.event.source !== "import";
    case "answer":
      return isOfLead(letter.answer) || outbox.find(({ row }) => row.id === letter.answer.outbox)?.row.lane !== "bulk";
    case "command":
      return letter.command.many !== true && letter.command.type !== "existing";
    case "reply":
      return letter.reply.bulk !== true;
    case "ask":
      return false;
  }
}

/** A mass send's way to the lead is its own affair; what a person did about it is the lead's. */
const isOfLead = ({ outcome, machine }: Answer): boolean => OF_LEAD.has(outcome) && machine !== true;
const OF_LEAD: ReadonlySet<Answer["outcome"]> = new Set(["opened", "clicked", "complained", "unsubscribed"]);
