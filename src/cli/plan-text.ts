// What `latchkey plan` says to a person.

import type { Planned } from "../app/planning.ts";
import { type ParkedReport, renderDiagnostic, type SourceFile, type WorkflowReport } from "../workflows/index.ts";

export function planText({ workflows, diagnostics }: Planned, files: readonly SourceFile[]): string {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const shown = diagnostics
    .filter(({ severity }) => severity !== "info")
    .map((one) => renderDiagnostic(one, texts.get(one.file)));
  if (workflows === undefined) return [...shown, "Nothing would be published: the files have errors."].join("\n\n");
  const changed = workflows.filter(({ change }) => change !== "unchanged");
  const still = workflows.length - changed.length;
  const sum = changed.length === 0 ? "Nothing would change." : `${changed.length} would change, ${still} would not.`;
  return [...changed.map(workflowText), ...shown, sum].join("\n\n");
}

function workflowText(report: WorkflowReport): string {
  const { workflow, change, steps, parked, leads, wouldEnroll } = report;
  const versions = [report.from, report.to].filter((one) => one !== undefined).join(" → ");
  const lines = [`${SIGN[change]} ${workflow}  ${change}${versions === "" ? "" : `  ${versions}`}`];
  for (const path of steps.added) lines.push(`    + ${path}`);
  for (const path of steps.removed) lines.push(`    - ${path}`);
  for (const path of steps.changed) lines.push(`    ~ ${path}`);
  for (const { from, to } of steps.moved) lines.push(`    ${from} → ${to}`);
  if (steps.parts.length > 0) lines.push(`    also: ${steps.parts.join(", ")}`);
  if (change === "removed") lines.push("    takes nobody in any more; whoever is in it finishes");
  if (leads > 0) lines.push(`    ${people(leads)} in it, on_edit: ${report.onEdit}`);
  for (const one of parked) lines.push(`      ${parkedText(one)}`);
  const messages = parked.reduce((total, one) => total + one.messagesWithinHour, 0);
  if (messages > 0) lines.push(`    up to ${messages} ${messages === 1 ? "message" : "messages"} within the hour`);
  if (wouldEnroll !== undefined) lines.push(`    existing: include would take in up to ${people(wouldEnroll.atMost)}`);
  return lines.join("\n");
}

const SIGN = { new: "+", changed: "~", removed: "-", unchanged: " " } as const;

const people = (count: number): string => (count === 1 ? "1 lead" : `${count} leads`);

function parkedText({ path, version, leads, fate, to, timing, dueWithinHour }: ParkedReport): string {
  const due = dueWithinHour > 0 ? `, ${dueWithinHour} due within the hour` : "";
  const where = path === undefined ? "not begun" : `at ${path}`;
  return `${people(leads)} ${where} (${version}): ${FATES[fate](to, timing)}${due}`;
}

const FATES: Record<ParkedReport["fate"], (to?: string, timing?: string) => string> = {
  keep: () => "finish on the version they are on",
  move: (to) => (to === undefined ? "go on in the new version" : `go on at ${to} in the new version`),
  "re-time": (to, timing) => `go on${to === undefined ? "" : ` at ${to}`} in the new version, deadline ${timing}`,
  exit: () => "leave, outcome edited",
  lost: () => "finish on the version they are on: their step is gone",
};
