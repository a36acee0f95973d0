// A workflow that keeps writing whatever the lead does.

import type { Plan } from "../plan.ts";
import type { Check } from "./finding.ts";
import { eventsOf, stepsOf } from "./walk.ts";

const ANSWERS =
  /^(message\.(replied|received)|call\.answered|agent\.contacted|appointment\.booked|opportunity\.(won|lost)|form\.submitted)$/;

export const checkEnding: Check = ({ content }) =>
  content.plans.filter(keepsWriting).map((plan) => ({
    code: "no-exit",
    severity: "info",
    spot: { workflow: plan.workflow, path: "workflow" },
    message: `"${plan.workflow}" keeps writing when the lead has answered. End it: exit: [{ when: message.replied }]`,
  }));

/** Several messages of marketing, and nothing a lead does is looked at by a goal, an exit, a pause or a wait. */
function keepsWriting(plan: Plan): boolean {
  const sends = stepsOf(plan).filter((step) => step.verb === "send" && step.purpose === "marketing");
  const looped = stepsOf(plan).some((step) => step.verb === "do" && (step.repeat ?? 1) > 1);
  if (sends.length < 2 && !(looped && sends.length === 1)) return false;
  const listens = eventsOf({ ...plan, enroll: { when: [], again: "never", ifRunning: "skip" } });
  return !listens.some(({ event }) => ANSWERS.test(event)) && !plan.exits.some((exit) => "if" in exit);
}
