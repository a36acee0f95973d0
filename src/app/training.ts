// The program of a training's thread: reads the log over a connection of its own, says how far it is, and answers with
// what it made. It writes nothing: whoever started it keeps the answer.

import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../database/index.ts";
import { type LogPlace, pageOfLog } from "../events/index.ts";
import {
  championBody,
  doTask,
  doWatch,
  learn,
  measured,
  pooledModel,
  type Task,
  type ThreadTold,
  watchedChampion,
} from "../scoring/index.ts";
import { openReadings } from "./readings.ts";
import { ruleChances } from "./rule-chances.ts";

/** Events a page: some megabytes. */
const PAGE = 5_000;

type Asked = Task | ({ readonly do: "watch" } & Omit<Task, "do" | "locations">);
const { databaseUrl, task } = workerData as { readonly databaseUrl: string; readonly task: Asked };
const say = (told: ThreadTold) => parentPort?.postMessage(told);

const database = await openDatabase({ url: databaseUrl, applicationName: "latchkey training", max: 1 });
const readPage = (location: string) => (after: LogPlace | undefined) =>
  database.transaction([location], (sql) => pageOfLog(sql, location, { after, limit: PAGE }));
const readings = openReadings(database);
const reading = async (location: string) => (await readings(location)).reading;
const vocabulary = async (location: string) => (await readings(location)).vocabulary;
const { location, kind } = task;
try {
  const made =
    task.do === "watch"
      ? await doWatch(task, {
          ...{ readPage, reading },
          champion: () => database.transaction([location], (sql) => watchedChampion(sql, location, kind)),
        })
      : await doTask(task, {
          ...{ readPage, reading },
          champion: () => database.transaction([location], (sql) => championBody(sql, location, kind)),
          pooled: () => pooledModel(database),
          rules: (teaching, judging) => ruleChances({ database, location, vocabulary }, teaching, judging),
          learn,
          measure: measured,
          tell: (progress) => say({ progress }),
        });
  say({ made });
} catch (error) {
  say({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
} finally {
  await database.close();
}
