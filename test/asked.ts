// What people ask of a place: the keys they come with, and the jobs that their commands to many leave.

import { workJobs } from "../src/app/jobs.ts";
import { type Asker, openAccess, openAsker, ROLES, type Role } from "../src/tenancy/index.ts";
import { openPublications } from "../src/workflows/index.ts";
import type { Place } from "./turns.ts";

/** A key of each role at a place, and whoever asks with one of them. */
export async function keysOf(place: Place): Promise<{ readonly keys: Record<Role, string>; readonly asker: Asker }> {
  const { database, clock } = place.parts();
  const access = openAccess({ database, clock });
  const made = ROLES.map(async (role) => {
    const { key } = await access.makeKey({ location: place.location, name: `the ${role}`, role, by: "test" });
    return [role, key] as const;
  });
  const keys = Object.fromEntries(await Promise.all(made)) as Record<Role, string>;
  return { keys, asker: openAsker({ sessions: { read: () => undefined }, authorize: access.authorize }) };
}

/** One page of every job of a place, and the turns of those who were written to. Answers how many were. */
export async function turnJobs(place: Place): Promise<number> {
  const { database, clock } = place.parts();
  const publications = openPublications();
  const locations = () => [place.location];
  const written = await workJobs({ database, clock, publications, locations, mailed: () => undefined });
  await place.rest();
  return written;
}
