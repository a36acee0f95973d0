// A message that calls itself a reply in a workflow that nothing the lead said begins: it mostly counts as marketing.

import type { Plan } from "../plan.ts";
import type { Check } from "./finding.ts";
import { stepsOf } from "./walk.ts";

/** What a lead says, and our answer may follow. */
const SAID = /^(message\.(replied|received)|call\.(answered|missed|ended)|form\.submitted)$/;

export const checkReplies: Check = ({ content }) =>
  content.plans
    .filter((plan) => (plan.enroll?.when ?? []).length > 0 && !heard(plan).some(({ event }) => SAID.test(event)))
    .flatMap((plan) =>
      stepsOf(plan)
        .filter((step) => step.verb === "send" && step.purpose === "reply")
        .map((step) => ({
          code: "reply-unasked",
          severity: "warning" as const,
          spot: { workflow: plan.workflow, path: step.path, keys: ["purpose"] },
          message: `nothing that the lead says begins "${plan.workflow}" or is waited for in it: 24 hours after the lead's last word a reply counts as marketing. Begin with message.received, a call or form.submitted, or leave purpose out`,
        })),
    );

/** What brings a run to its steps. A goal or an exit ends it. */
const heard = (plan: Plan) => [
  ...(plan.enroll?.when ?? []),
  ...stepsOf(plan).flatMap((step) => (step.verb === "wait_for" ? step.events : [])),
];
