// A manager lifts an opt-out, in the lead's own turn: decided on what is known by then, and decided again alike.

import type { Command } from "../events/index.ts";
import type { Link } from "../insights/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { addressesOf, BY_LIFT, standsAgainst } from "../outreach/index.ts";
import { isTheirs, learn } from "./addresses.ts";
import { type Desk, derive } from "./desk.ts";
import { askUnjudged } from "./words.ts";

/** What the lead did to agree, as agreements name it. */
const ACTS = { asked_by_phone: "voice", asked_in_writing: "reply" } as const;

/**
 * Only what the team judged, or a link ended, until `until`: words of the lead, the carrier and complaints stand, also those that came
 * after it was asked for. Words that nobody has judged hold everything from then on, until somebody has. Nothing that was blocked goes after all; what is sent from then on may go again.
 */
export function liftOptOut(desk: Desk, command: Extract<Command, { type: "lift" }>): void {
  const { family, why, until, evidence, by } = command;
  const address = addressesOf(desk.lead.contact)[family];
  const fact = desk.known[family];
  const another = command.hash !== undefined && !isTheirs(desk, family, command.hash);
  const stands = address === undefined ? "none" : another ? "another" : standsAgainst(fact, command);
  const said = { family, why, by, asked: until, evidence };
  if (address === undefined || stands !== undefined) {
    const word = fact?.optOut?.matched ?? fact?.optOut?.by;
    tell(desk, "consent.stands", { ...said, stands: stands ?? "none", ...(word === undefined ? {} : { word }) });
    return;
  }
  const lifted = { at: desk.clock, by, why, until };
  learn(desk, [{ family, address, takes: { kinds: BY_LIFT[why], at: until, lifted } }]);
  const unclear = desk.known[family]?.optOut?.matched;
  tell(desk, "consent.lifted", { ...said, ...(unclear === undefined ? {} : { unclear }) });
  askUnjudged(desk, family, undefined);
  const cause = `lift:${family}:${until}`;
  derive(desk, { type: "consent.changed", at: desk.clock, data: { family, to: "opted_in" } }, cause, 1);
  if (why === "judged_by_mistake") return; // the lead has said nothing that could be agreed to
  const channels = family === "email" ? ["email"] : ["sms", "whatsapp", "voice"];
  const source = `${why === "asked_by_phone" ? "asked by phone" : "asked in writing"}, told by ${by}`;
  const data = { channels, level: "given", act: ACTS[why], source, evidence };
  derive(desk, { type: "consent.given", at: until, data }, cause, 1);
}

function tell(desk: Desk, code: "consent.lifted" | "consent.stands", values: JsonObject): void {
  const isDone = code === "consent.lifted";
  const link: Link = { kind: "permission", status: isDone ? "done" : "off", code, values, at: desk.clock };
  desk.drafts.push({ at: desk.clock, kind: "effect", verdict: isDone ? "done" : "blocked", links: [link] });
}
