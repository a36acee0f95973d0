// A task in a thread of its own, so that no turn waits for it: started for the task, ended with it.

import { Worker } from "node:worker_threads";
import { Defect } from "../../kernel/errors.ts";
import type { Progress } from "./trainings.ts";

/** What the thread says, in `postMessage`. */
export type Told = { readonly progress: Progress } | { readonly made: unknown } | { readonly failed: string };

/** Does a task in a thread and answers with what it made. Ends at once when the signal says so. */
export type RunThread = <Answer>(
  task: object,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<Answer>;

/**
 * The heap of JavaScript objects a thread may take, in MB; typed arrays, which hold the rows, are counted by `MOST_ROWS`.
 * A thread that needs more ends with an error, and the process goes on.
 */
const HEAP_MB = 1_024;

/** @param file the thread's program; it finds `{ databaseUrl, task }` in its `workerData` */
export const threadOf =
  (file: URL, databaseUrl: string): RunThread =>
  <Answer>(task: object, tell: (progress: Progress) => void, signal: AbortSignal) =>
    new Promise<Answer>((resolve, reject) => {
      const thread = new Worker(file, {
        workerData: { databaseUrl, task },
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      });
      const abort = () => void thread.terminate();
      signal.addEventListener("abort", abort, { once: true });
      let answer: (() => void) | undefined;
      thread.on("message", (told: Told) => {
        if ("progress" in told) tell(told.progress);
        else if ("made" in told) answer = () => resolve(told.made as Answer);
        else answer = () => reject(new Defect(told.failed));
      });
      thread.on("error", reject);
      thread.on("exit", (code) => {
        signal.removeEventListener("abort", abort);
        if (answer !== undefined && !signal.aborted) return answer();
        reject(
          signal.aborted ? signal.reason : new Defect(`The training's thread ended with ${code}, saying nothing.`),
        );
      });
    });
