// Where the embedded database may live, and as whom. PostgreSQL refuses to run as root; the user it runs as instead
// may be unable to reach a checkout in root's 0700 home, and then everything it needs moves to /var/lib/latchkey.

import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Unavailable } from "../kernel/errors.ts";
import { type Binaries, copyBinaries, repairLinks } from "./binaries.ts";

export interface Place {
  readonly binaries: Binaries;
  /** Holds the cluster, its log and the lock. */
  readonly folder: string;
  /** Whom PostgreSQL runs as; undefined: as ourselves. */
  readonly user: SystemUser | undefined;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

const SHARED = "/var/lib/latchkey";
/** In the data folder: names the place when it is elsewhere. */
const SIGNPOST = "database.place";

const INSIDE = "database";

/** The cluster's folder in the place. */
export const CLUSTER = "cluster";

/** @param data the data folder, which exists */
export function findPlace(data: string, binaries: Binaries, elsewhere: string = SHARED): Place {
  const stranger = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const folder = clusterFolder(realpathSync(data), stranger, elsewhere);
  const user = stranger && (ownerOf(join(folder, CLUSTER)) ?? stranger);
  return { user, folder, binaries: reachableBinaries(binaries, user, elsewhere) };
}

/** A cluster that an ordinary user made stays theirs when root starts it. */
function ownerOf(cluster: string): SystemUser | undefined {
  if (!existsSync(cluster)) return undefined;
  const { uid, gid } = statSync(cluster);
  return uid === 0 ? undefined : { uid, gid };
}

/** Where the cluster of this data folder is, if it has one: nothing is made. */
export function madeAt(data: string): string {
  const signpost = join(data, SIGNPOST);
  return existsSync(signpost) ? readFileSync(signpost, "utf8").trim() : join(data, INSIDE);
}

/** Whether this data folder has a database, as far as this user can see. */
export const hasCluster = (data: string): boolean => existsSync(join(madeAt(data), CLUSTER));

function clusterFolder(data: string, user: SystemUser | undefined, elsewhere: string): string {
  const signpost = join(data, SIGNPOST);
  if (existsSync(signpost)) return made(readFileSync(signpost, "utf8").trim());
  const inside = join(data, INSIDE);
  if (user === undefined || existsSync(inside) || canEnter(data, user)) return made(inside);
  const outside = join(elsewhere, createHash("sha256").update(data).digest("hex").slice(0, 12));
  writeFileSync(signpost, `${outside}\n`);
  return made(outside);
}

function reachableBinaries(binaries: Binaries, user: SystemUser | undefined, elsewhere: string): Binaries {
  const server = join(binaries.folder, "bin", "postgres");
  const usable =
    user === undefined ||
    (canEnter(dirname(realpathSync(server)), user) &&
      mayUse(server, user, 0o5) &&
      canEnter(join(binaries.folder, "lib"), user));
  const chosen = usable ? binaries : copyBinaries(binaries, made(elsewhere));
  repairLinks(chosen);
  return chosen;
}

/** May `user` walk down to `folder`? Every folder on the way must let it through. */
function canEnter(folder: string, user: SystemUser): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (!mayUse(at, user, 0o1)) return false;
    if (at === dirname(at)) return true;
  }
}

function mayUse(path: string, user: SystemUser, bits: number): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

function made(folder: string): string {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755); // whatever the umask says: another user walks through here
  }
  return folder;
}

function unprivilegedUser(): SystemUser {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const found = users.find((fields) => fields[0] === name);
    if (found !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Unavailable(
    "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody. Run Latchkey as an ordinary user, or set DATABASE_URL.",
  );
}
