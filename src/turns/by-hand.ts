// What a person of the team says of a lead's address, words, zone or message: what waited for that goes on.

import type { Command } from "../events/index.ts";
import { addressesOf, judged, lastWords, settleByHand as settledByHand } from "../outreach/index.ts";
import { learn, liftFaults } from "./addresses.ts";
import { type Desk, derive } from "./desk.ts";
import { caseOf, messageOf, takeSettled } from "./outbox.ts";
import { askUnjudged } from "./words.ts";

/** A manager says that a number or address is good. */
export function reopen(desk: Desk, { family, by }: Extract<Command, { type: "reopen" }>): void {
  liftFaults(desk, family, "person", by);
}

/** A person has read the unclear words: what waited for that goes on now, or the lead has left. */
export function judgeWords(desk: Desk, { family, as, by, seen }: Extract<Command, { type: "judge" }>): void {
  const address = addressesOf(desk.lead.contact)[family];
  const before = desk.known[family];
  const words = before?.optOut;
  if (address === undefined || words?.askedAt === undefined || before?.optedOutAt !== undefined) return;
  learn(desk, [judged(family, address, { as, at: desk.clock, by, seen: seen ?? lastWords(words) })]);
  askUnjudged(desk, family, undefined);
  if (desk.known[family] === before) return; // none of what stands now had been read
  const left = as === "opted_out";
  desk.drafts.push({
    at: desk.clock,
    kind: "effect",
    verdict: left ? "blocked" : "done",
    links: [
      {
        kind: "permission",
        status: left ? "off" : "done",
        code: left ? "consent.opted_out" : "consent.ok",
        values: left
          ? { family, rule: "a person's judgment", word: by, when: desk.clock }
          : { kind: "a person's judgment", source: by, date: desk.clock },
        at: desk.clock,
      },
    ],
  });
  if (left) {
    const channel = family === "email" ? "email" : "sms";
    derive(desk, { type: "message.opted_out", at: desk.clock, data: { channel, family } }, `judge:${by}`, 1);
    derive(desk, { type: "consent.changed", at: desk.clock, data: { family, to: "opted_out" } }, `judge:${by}`, 1);
    return;
  }
  release(desk);
}

/** A person of the team knows where the lead lives: what waits for its hours is looked at again. */
export function setZone(desk: Desk, { zone, by }: Extract<Command, { type: "zone" }>): void {
  const { ownZone: _, ...rest } = desk.lead;
  desk.lead = zone === undefined ? rest : { ...rest, ownZone: { zone, at: desk.clock, by } };
  desk.zone = desk.scene.outreach.clockZone(desk.lead, desk.scene.now);
  release(desk);
}

/** Held messages are decided anew at the end of this turn. */
function release(desk: Desk): void {
  for (const { row, message } of [...desk.outbox.values()]) {
    if (row.kind !== "message" || row.state !== "held" || row.notBefore === undefined) continue;
    const { notBefore: _, ...released } = row;
    desk.outbox.set(row.id, message === undefined ? { row: released } : { row: released, message });
    desk.moved.add(row.id);
  }
}

/** A person says what became of a message whose answer was lost. */
export function settleByHand(desk: Desk, outbox: string, as: "sent" | "not_sent", by: string): void {
  const entry = desk.outbox.get(outbox);
  if (entry === undefined) return;
  const command = { type: "settle" as const, outbox, as, by };
  takeSettled(desk, settledByHand(entry.row, messageOf(entry), command, desk.scene.outreach, caseOf(desk)), undefined);
}
