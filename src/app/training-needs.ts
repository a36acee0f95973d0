// What a training reads and is held against at its location: the log, the way turns read it, who scores there, what all
// locations taught, and the rules. The thread of a training takes it as it is.

import { type LogPlace, pageOfLog } from "../events/index.ts";
import type { Aim } from "../kernel/aim.ts";
import type { Database } from "../kernel/sql.ts";
import { championBody, learn, measured, pooledModel, type Task, watchedChampion } from "../scoring/index.ts";
import { openReadings } from "./readings.ts";
import { ruleChances } from "./rule-chances.ts";

/** Events a page: some megabytes. */
const PAGE = 5_000;

export function trainingNeeds(database: Database, { location, kind }: Pick<Task, "location" | "kind">) {
  const readings = openReadings(database);
  const log = {
    readPage: (one: string) => (after: LogPlace | undefined) =>
      database.transaction([one], (sql) => pageOfLog(sql, one, { after, limit: PAGE })),
    reading: async (one: string) => (await readings(one)).reading,
  };
  const vocabulary = async (one: string) => (await readings(one)).vocabulary;
  const rules: RulesOf = (teaching, judging) => ruleChances({ database, location, vocabulary }, teaching, judging);
  return {
    train: {
      ...{ ...log, rules, learn, measure: measured },
      champion: () => database.transaction([location], (sql) => championBody(sql, location, kind)),
      pooled: (aim: Aim) => pooledModel(database, aim),
    },
    watch: { ...log, champion: () => database.transaction([location], (sql) => watchedChampion(sql, location, kind)) },
  };
}

type Rows = Parameters<typeof ruleChances>[1];
type RulesOf = (teaching: Rows, judging: Rows) => Promise<Float64Array>;
