// `on_error`: how often an error of ours is tried again, and how far apart.

import { DAY, MINUTE } from "../../kernel/time.ts";
import type { OnError } from "../plan.ts";
import type { Report } from "./diagnostic.ts";
import { checkKeys, durationOf, wholeOf } from "./shape.ts";
import { entryOf, type MapNode } from "./source.ts";

export const ON_ERROR: OnError = { retry: 3, every: 5 * MINUTE, then: "fail" };

export function retriesOf(map: MapNode, report: Report, otherwise: OnError): Pick<OnError, "retry" | "every"> {
  checkKeys(map, '"on_error"', ["retry", "every", "then"], report);
  const every = durationOf(entryOf(map, "every"), report);
  return {
    retry: wholeOf(entryOf(map, "retry"), 0, 10, report) ?? otherwise.retry,
    every: every === undefined ? otherwise.every : every.ms + every.days * DAY,
  };
}
