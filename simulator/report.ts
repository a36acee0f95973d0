// What a simulation came to, for people.

import type { Counts, Simulated, WorkflowFigures } from "../src/timetravel/index.ts";

export function report(figures: Simulated, about: { seed: number; leads: number; days: number; from: number }): string {
  const lines = [
    `${figures.leads} leads of the town (seed ${about.seed}) over ${about.days} days from ${new Date(about.from).toISOString().slice(0, 10)}. The town is plausible, not calibrated: its rates say nothing about yours.`,
    "",
    ...figures.workflows.flatMap(ofWorkflow),
    ...listed("Rules fired", figures.rules),
    ...Object.entries(figures.experiments).flatMap(([id, read]) => ofExperiment(id, read)),
    `Opt-outs: ${figures.optOuts} leads`,
    ...listed("Leads whose turn failed", figures.failed),
    `Turns: ${figures.turns}, decisions: ${figures.decisions}`,
    `Trace: ${figures.trace}`,
  ];
  return lines.join("\n");
}

function ofWorkflow(one: WorkflowFigures): string[] {
  const messages = Object.entries(one.messages).flatMap(([channel, outcomes]) => listed(`  ${channel}`, outcomes));
  return [
    `${one.workflow}: ${one.enrolled} enrolled, ${one.goals} reached the goal`,
    ...listed("  not enrolled", one.notEnrolled),
    ...messages,
    ...listed("  held", one.held),
    ...listed("  blocked or expired", one.blocked),
    ...listed("  written", one.writes),
    ...listed("  runs", one.runs),
    ...listed("  steps", one.steps),
    ...listed("  branches", one.branches),
    "",
  ];
}

function ofExperiment(id: string, { verdict, variants, holdout }: Simulated["experiments"][string]): string[] {
  const percent = (rate: number | undefined) => (rate === undefined ? "too few" : `${(100 * rate).toFixed(1)} %`);
  const said = verdict.kind === "decided" ? `decided for ${verdict.winner}` : verdict.kind.replace("_", " ");
  return [
    `Experiment ${id}: ${said}`,
    ...variants.map(
      ({ id: variant, exposed, closed, reached, rate }) =>
        `  ${variant}: ${exposed} met it, ${reached} of ${closed} reached the metric in time (${percent(rate)})`,
    ),
    ...(holdout === undefined
      ? []
      : [`  held out: ${holdout.reached} of ${holdout.closed} (${percent(holdout.rate)})`]),
    "",
  ];
}

const listed = (title: string, counts: Counts): string[] => {
  const entries = Object.entries(counts);
  return entries.length === 0 ? [] : [`${title}: ${entries.map(([name, times]) => `${name} ${times}`).join(", ")}`];
};
