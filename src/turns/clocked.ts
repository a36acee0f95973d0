import { sha256 } from "../kernel/ids.ts";
import { canonicalJson } from "../kernel/json.ts";
import type { Plan } from "../workflows/index.ts";

/** A workflow with an enrollment by the clock, and what names its clock: another schedule is looked at from its publication on. */
export interface Clocked {
  readonly plan: Plan;
  readonly of: string;
}

export const clockedPlans = (plans: readonly Plan[]): readonly Clocked[] =>
  plans.flatMap((plan) => {
    const { schedules = [], dates = [] } = plan.enroll ?? {};
    if (schedules.length + dates.length === 0 || (plan.status !== "live" && plan.status !== "shadow")) return [];
    const of = sha256(canonicalJson({ workflow: plan.workflow, schedules, dates, zone: plan.timeZone } as never));
    return [{ plan, of: of.slice(0, 12) }];
  });
