// What is said of a workflow that is not there: what was probably meant, and what there is. Pure.

import { InvalidInput } from "../kernel/errors.ts";
import { didYouMean } from "../workflows/index.ts";

const MOST_NAMED = 20;

/** @param known the ids of those that are there */
export function noSuchWorkflow(workflow: string, known: readonly string[]): InvalidInput {
  const names = [...known].sort();
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : "";
  const there = names.length === 0 ? "There is none." : `There are: ${names.slice(0, MOST_NAMED).join(", ")}${more}.`;
  return new InvalidInput(
    `There is no workflow "${workflow}" here.${didYouMean(workflow, names)} ${there}`,
    "not-found",
  );
}
