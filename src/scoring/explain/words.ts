// How people are told of a column: by the registry of features, and by the two that a row of going cold has besides.

import { own } from "../../kernel/json.ts";
import { REGISTRY } from "../features/registry.ts";
import { days } from "../features/words.ts";
import type { Told, Words } from "./reasons.ts";

const OF_WEEKS: Readonly<Record<string, Told>> = {
  idleDays: {
    group: "silence",
    say: (value) =>
      typeof value === "number" ? `quiet for ${days(value)}` : "how long it has been quiet is not known",
  },
  week: { group: "silence", say: (value) => (typeof value === "number" ? `week ${value + 1} from now` : "some week") },
};

export const featureWords: Words = (column) => REGISTRY.get(column) ?? own(OF_WEEKS, column);
