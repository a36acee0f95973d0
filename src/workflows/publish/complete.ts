// What an earlier version stored, read by this one. Pure: the old JSON in, the present shape out.

import type { PublicationContent } from "../compile/compile.ts";
import type { FolderSettings, Goal, Plan } from "../plan.ts";

/** A goal was one event beside its window; it is a list of them now. */
type OldGoal = Goal["when"][number] & Omit<Goal, "when">;

type Later = "onEdit" | "moved" | "vars" | "inputs" | "outputs";
type StoredPlan = Omit<Plan, Later | "goal"> & Partial<Pick<Plan, Later>> & { readonly goal?: Goal | OldGoal };

/** Runs are pinned to the plan they began with, however old: it keeps its id, and says what it did not know to say. */
export function completePlan(stored: StoredPlan): Plan {
  const { goal, ...rest } = stored;
  return {
    ...rest,
    onEdit: rest.onEdit ?? "keep",
    moved: rest.moved ?? {},
    vars: rest.vars ?? {},
    inputs: rest.inputs ?? {},
    outputs: rest.outputs ?? {},
    ...(goal === undefined ? {} : { goal: completeGoal(goal) }),
  };
}

function completeGoal(goal: Goal | OldGoal): Goal {
  if ("when" in goal) return goal;
  const { event, if: condition, ...rest } = goal;
  return { when: [condition === undefined ? { event } : { event, if: condition }], ...rest };
}

type Content = Omit<PublicationContent, "plans">;
type LaterSettings = "teams" | "highlevelWorkflows";
type StoredSettings = Omit<FolderSettings, LaterSettings> & Partial<Pick<FolderSettings, LaterSettings>>;

/** Whatever else stands beside the content stays there. */
export function completeContent<Stored extends Partial<Pick<Content, "segments" | "experiments">>>(
  stored: Stored & { readonly settings: StoredSettings },
): Omit<Stored, "segments" | "experiments" | "settings"> & Pick<Content, "segments" | "experiments" | "settings"> {
  const { settings } = stored;
  return {
    ...stored,
    segments: stored.segments ?? [],
    experiments: stored.experiments ?? {},
    settings: {
      ...settings,
      teams: settings.teams ?? {},
      highlevelWorkflows: settings.highlevelWorkflows ?? {},
    },
  };
}
