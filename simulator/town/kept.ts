// A town written down, so that it can be gone on with: what the CRM holds, and which messages reached whom. Lives are not
// written down: with the same seed and the same messages they are the same.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Instant } from "../../src/kernel/time.ts";
import type { KeptCrm } from "../crm/kept.ts";
import type { TownMessage } from "./event.ts";
import { TOWN_VERSION } from "./parameters.ts";

/** What agents and placed leads are about to do. */
export type Errand = { readonly at: Instant } & (
  | { readonly kind: "task"; readonly contact: string; readonly task: string; readonly calls: boolean }
  | { readonly kind: "meet"; readonly contact: string }
  | { readonly kind: "enter"; readonly key: number }
);

export interface KeptTown {
  readonly version: number;
  readonly seed: number;
  readonly location: string;
  /** The domain instant up to which it lived. */
  readonly now: Instant;
  /** It was closed, and did not just end: nothing happened after `now`. */
  readonly closed: boolean;
  readonly founded: Instant;
  readonly crm: KeptCrm;
  /** By lead, in order of time. */
  readonly received: readonly (readonly [key: number, message: TownMessage])[];
  /** The CRM's ids of a lead's messages, by contact and number. */
  readonly ids: readonly (readonly [place: string, id: string])[];
  readonly counts: readonly (readonly [contact: string, messages: number])[];
  /** Deals by contact, and the appointment each has. */
  readonly deals: readonly (readonly [contact: string, deal: string])[];
  readonly meetings: readonly (readonly [contact: string, meeting: { readonly id: string; readonly start: Instant }])[];
  readonly errands: readonly Errand[];
}

/** @returns undefined where there is none, or one of another version, seed or location: a town is founded anew then */
export function readKept(file: string | undefined, seed: number, location: string): KeptTown | undefined {
  if (file === undefined) return undefined;
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as KeptTown;
    const isSame = kept.version === TOWN_VERSION && kept.seed === seed && kept.location === location;
    return isSame ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
export function writeKept(file: string, kept: KeptTown): void {
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
