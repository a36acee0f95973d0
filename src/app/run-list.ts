// Runs as a list, over HTTP and on the command line. None is an answer about a workflow that is there, or whose runs are; about
// a name that nobody has it would be a wrong one.

import type { Reader } from "../insights/index.ts";
import { noSuchWorkflow } from "./no-such-workflow.ts";

/** @throws InvalidInput `not-found`, with what was probably meant */
export const openRunList =
  (reader: Pick<Reader, "runs" | "workflows">): Reader["runs"] =>
  async (location, wanted) => {
    const found = await reader.runs(location, wanted);
    const { workflow } = wanted;
    if (workflow === undefined || found.items.length > 0) return found;
    const known = (await reader.workflows(location)).items.map(({ id }) => id);
    if (known.includes(workflow)) return found;
    const any = await reader.runs(location, { workflow, limit: 1 });
    if (any.items.length > 0) return found;
    throw noSuchWorkflow(workflow, known);
  };
