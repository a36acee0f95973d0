// Who is running: a process signs in and out. One that ends without signing out ended uncleanly, and for a while the
// leads are decided one by one, each named before, so that the one that ended it is found.

import type { Facts } from "../kernel/facts.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, SECOND } from "../kernel/time.ts";
import { heartbeat, PROCESSES, type Process, signIn, signOut } from "./store.ts";
import { reasonOf, type TurnWorker } from "./worker.ts";

const BEAT = 5 * SECOND;
/** A process of another machine that has not been seen for this long has ended. */
const GONE_AFTER = 20 * SECOND;

export interface WatchNeeds {
  readonly database: Database;
  /** Real time: processes read each other's. */
  readonly clock: Clock;
  readonly facts: Facts;
  readonly process: Process;
  readonly worker: Pick<TurnWorker, "beCautious">;
  /** Whether a process of this machine is alive. */
  readonly alive: (pid: number) => boolean;
}

/** Signs in, looks after the others, and answers how to sign out. */
export async function watchProcesses(needs: WatchNeeds): Promise<() => Promise<void>> {
  const { database, clock, facts, process } = needs;
  const look = () =>
    database.transaction([PROCESSES], async (sql) => {
      const others = await heartbeat(sql, process.worker, clock.real());
      const gone = others.filter((other) =>
        other.host === process.host && other.pid !== process.pid
          ? !needs.alive(other.pid)
          : other.host === process.host || other.seenAt < clock.real() - GONE_AFTER,
      );
      for (const { worker } of gone) await signOut(sql, worker);
      return gone.length;
    });
  await database.transaction([PROCESSES], (sql) => signIn(sql, process, clock.real()));
  if ((await look()) > 0) needs.worker.beCautious();

  const timer = setInterval(() => {
    look().then(
      (gone) => {
        if (gone > 0) needs.worker.beCautious();
      },
      (error) => facts.emit("loop_failed", { loop: "processes", reason: reasonOf(error) }),
    );
  }, BEAT);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await database.transaction([PROCESSES], (sql) => signOut(sql, process.worker));
  };
}

/** Whether a process of this machine lives; one that may not be signaled does. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
