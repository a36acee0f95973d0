// The program of a training's thread: reads the log over a connection of its own, says how far it is, and answers with
// what it made. It writes nothing: whoever started it keeps the answer.

import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../database/index.ts";
import { doTask, doWatch, type Task, type ThreadTold } from "../scoring/index.ts";
import { trainingNeeds } from "./training-needs.ts";

type Asked = Task | ({ readonly do: "watch" } & Omit<Task, "do" | "locations">);
const { databaseUrl, task } = workerData as { readonly databaseUrl: string; readonly task: Asked };
const say = (told: ThreadTold) => parentPort?.postMessage(told);

const database = await openDatabase({ url: databaseUrl, applicationName: "latchkey training", max: 1 });
const needs = trainingNeeds(database, task);
try {
  const made =
    task.do === "watch"
      ? await doWatch(task, needs.watch)
      : await doTask(task, { ...needs.train, tell: (progress) => say({ progress }) });
  say({ made });
} catch (error) {
  say({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
} finally {
  await database.close();
}
