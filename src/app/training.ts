// The program of a training's thread: reads the log over a connection of its own, says how far it is, and answers with
// what it made. It writes nothing: whoever started it keeps the answer.

import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../database/index.ts";
import { pageOfLog } from "../events/index.ts";
import { championBody, doTask, learn, measured, pooledModel, type Task, type ThreadTold } from "../scoring/index.ts";
import { ruleChances } from "./rule-chances.ts";

/** Events a page: some megabytes. */
const PAGE = 5_000;

const { databaseUrl, task } = workerData as { readonly databaseUrl: string; readonly task: Task };
const say = (told: ThreadTold) => parentPort?.postMessage(told);

const database = await openDatabase({ url: databaseUrl, applicationName: "latchkey training", max: 1 });
try {
  const made = await doTask(task, {
    readPage: (location) => (after) =>
      database.transaction([location], (sql) => pageOfLog(sql, location, { after, limit: PAGE })),
    champion: (location, kind) => database.transaction([location], (sql) => championBody(sql, location, kind)),
    pooled: () => pooledModel(database),
    rules: (teaching, judging) => ruleChances(database, task.location, teaching, judging),
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
