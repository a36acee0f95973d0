// One Latchkey per data folder, by a lock that ends with its process, however that ends.
//
// Each process writes a file of its own and then looks at the others' files. Whoever sees a living one withdraws, so
// two can never both go on; there is no stale file to break, hence no race about breaking it.

import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Conflict } from "../kernel/errors.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import { startOf } from "./process.ts";

interface Holder {
  readonly pid: number;
  readonly started: string;
  /** Where the pid means something: a container has numbers of its own. */
  readonly world: string;
  /** It stays, and may be joined: a Latchkey that runs, no command. */
  readonly serves: boolean;
}

export interface FolderLock {
  /** Lets commands join from now on. */
  serve(): void;
  release(): void;
}

/** A holder in another container is judged by its heartbeat, which its process renews this often. */
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_LOST_MS = 15_000;
/** Two that start in the same instant both withdraw; each tries again after a random wait, for this long. */
const CONTEND_MS = 1_000;

/** What to do about one that has the folder for itself and will end: a command. One that stays is not waited for. */
export interface Patience {
  readonly ms: number;
  /** Told once, of the process that is waited for. */
  told(pid: number): void;
}

/**
 * Takes the folder for this process.
 *
 * @throws Conflict when another living process holds it, and stays or does not end in time; names its pid
 */
export async function lockFolder(folder: string, subject: string, patience?: Patience): Promise<FolderLock> {
  const world = thisWorld();
  const mine = join(folder, `latchkey-${process.pid}.lock`);
  const write = (serves: boolean) => {
    const holder: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", world, serves };
    writeFileSync(`${mine}.new`, JSON.stringify(holder));
    renameSync(`${mine}.new`, mine);
  };
  const otherNow = () => {
    const found = holdersIn(folder, world);
    for (const { file } of found.filter(({ lives }) => !lives)) rmSync(file, { force: true });
    return found.find(({ lives, holder }) => lives && (holder.pid !== process.pid || holder.world !== world))?.holder;
  };
  const started = performance.now();
  let told = false;
  for (;;) {
    // who sees another does not write: two who wait would each hold up the other
    let other = otherNow();
    if (other === undefined) {
      write(false);
      other = otherNow();
      if (other === undefined) break;
      rmSync(mine, { force: true });
    }
    const waited = performance.now() - started;
    if (waited > patienceFor(other, world, patience)) throw held(subject, other, world, patience);
    if (!told && waited > CONTEND_MS && other.world === world) {
      patience?.told(other.pid);
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200));
  }
  const heartbeat = setInterval(() => beat(mine), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    serve: () => write(true),
    release() {
      clearInterval(heartbeat);
      rmSync(mine, { force: true });
    },
  };
}

function patienceFor(other: Holder, world: string, patience: Patience | undefined): Millis {
  if (other.world !== world) return HEARTBEAT_LOST_MS + HEARTBEAT_MS;
  return other.serves || patience === undefined ? CONTEND_MS : patience.ms;
}

function held(subject: string, { pid, serves, world }: Holder, ours: string, patience: Patience | undefined): Conflict {
  if (patience !== undefined && !serves && world === ours)
    return new Conflict(
      `${subject} is in use by another command (process ${pid}), which has not ended in ${patience.ms / SECOND} seconds. Ask again when it has.`,
    );
  return new Conflict(
    `${subject} is in use by another Latchkey (process ${pid}). Stop that one, or give this one a data folder of its own with LATCHKEY_DATA.`,
  );
}

/** Whether a Latchkey that runs on this machine, or in this container, lets commands join. */
export function isServed(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const world = thisWorld();
  return holdersIn(folder, world).some(({ lives, holder }) => lives && holder.serves && holder.world === world);
}

function beat(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // the folder was removed under us; whoever removed it meant it
  }
}

interface Found {
  readonly file: string;
  readonly holder: Holder;
  readonly lives: boolean;
}

function holdersIn(folder: string, world: string): Found[] {
  return readdirSync(folder)
    .filter((name) => /^latchkey-\d+\.lock$/.test(name))
    .flatMap((name) => {
      const file = join(folder, name);
      const holder = readHolder(file);
      return holder === undefined ? [] : [{ file, holder, lives: isAlive(holder, world, file) }];
    });
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined; // released between the listing and the reading
  }
}

function isAlive(holder: Holder, world: string, file: string): boolean {
  if (holder.world === world) return startOf(holder.pid) === holder.started;
  try {
    return Date.now() - statSync(file).mtimeMs < HEARTBEAT_LOST_MS;
  } catch {
    return false;
  }
}

/** The set of processes in which our pid is unique: this boot, this machine or container. */
function thisWorld(): string {
  if (process.platform !== "linux") return hostname();
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}/${readlinkSync("/proc/self/ns/pid")}`;
}
