// What a request about runs says, checked: the same over HTTP and on the command line.

import { randomUUID } from "node:crypto";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { id, parse, text } from "../kernel/request.ts";
import { DAY, HOUR, MINUTE, type Millis } from "../kernel/time.ts";
import type { Drip, RunFilter } from "../workflows/index.ts";
import type { Enrolling } from "./enrolling.ts";
import { ACTS, type Act } from "./run-control.ts";

const Status = z.enum(["pending", "waiting", "paused", "completed", "failed", "stopped"]);
export const reason = text(300).default("by hand");
export const act = z.enum(Object.keys(ACTS) as [keyof typeof ACTS, ...(keyof typeof ACTS)[]]);
const instant = z.iso
  .datetime({ offset: true, error: "expected an instant, as 2026-11-20T09:00:00-06:00" })
  .transform((said) => Date.parse(said));

/** What goes with an act; each act takes its own. */
const How = z.strictObject({
  reason,
  force: z.boolean().optional(),
  until: instant.optional(),
  plan: z
    .string()
    .regex(/^[0-9a-f]{4,64}$/, "expected the first digits of a version")
    .optional(),
  mode: z.enum(["move", "re-time", "exit"]).optional(),
});
const Filter = How.extend({
  workflow: text(100).optional(),
  status: z.union([Status.transform((one) => [one]), z.array(Status).min(1)]).optional(),
  path: text(300).optional(),
  /** The version they are on; of `move`, the one they go to stands in `plan`. */
  from: text(64).optional(),
  segment: text(100).optional(),
  lead: id.optional(),
  dry_run: z.boolean().default(false),
});

/** One run: the act, and why. */
export function readAct(name: keyof typeof ACTS, body: unknown): { readonly act: Act; readonly reason: string } {
  const how = parse(How, body ?? {});
  return { act: actOf(name, how), reason: how.reason };
}

export interface Many {
  readonly filter: RunFilter;
  readonly act: Act;
  readonly reason: string;
  readonly dryRun: boolean;
}

/** Many runs. Of a move, `plan` is where to; of every other act it can only mean where they are. */
export function readFilter(name: keyof typeof ACTS, body: unknown): Many {
  const { dry_run, from, workflow, status, path, segment, lead, ...how } = parse(Filter, body ?? {});
  const plan = from ?? (name === "move" ? undefined : how.plan);
  const filter: RunFilter = present({ workflow, status, path, plan, segment, lead });
  const act = actOf(name, name === "move" ? how : { ...how, plan: undefined });
  return { filter, act, reason: how.reason, dryRun: dry_run };
}

const value = z.union([z.string().max(1_000), z.number(), z.boolean(), z.array(z.string().max(1_000)).max(100)]);
const Enroll = z.strictObject({
  /** The request's own: said again, it enrolls nobody twice. */
  id: text(100).optional(),
  lead: id.optional(),
  leads: z.array(id).min(1).max(1_000).optional(),
  filter: z
    .strictObject({ tag: text(200).optional(), source: text(200).optional(), segment: text(100).optional() })
    .optional(),
  override: z.boolean().default(false),
  inputs: z.record(text(64), value).optional(),
  /** `200 per day`, `50 per 2h`. */
  drip: z
    .string()
    .regex(/^[1-9]\d{0,5} per (hour|day|week|[1-9]\d{0,2}[mhdw])$/, 'expected a rate, as "200 per day"')
    .transform(dripOf)
    .optional(),
  preview: z.boolean().default(false),
});

function dripOf(said: string): Drip {
  const [count = "1", window = "day"] = said.split(" per ");
  const [, number = "1", unit = "d"] = /^(\d+)([mhdw])$/.exec(window) ?? [window, "1", window[0]];
  return { count: Number(count), window: Number(number) * (UNITS[unit] ?? DAY) };
}

const UNITS: Readonly<Record<string, Millis>> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/** Who is to be enrolled: exactly one way of saying it. */
export function readEnrolling(workflow: string, body: unknown): Enrolling & { readonly preview: boolean } {
  const { id: request, lead, leads, filter, override, inputs, drip, preview } = parse(Enroll, body ?? {});
  const these = leads ?? (lead === undefined ? undefined : [lead]);
  if ((these === undefined) === (filter === undefined) || (lead !== undefined && leads !== undefined))
    throw new InvalidInput("Say who: lead, leads, or filter.");
  if (drip !== undefined && filter === undefined) throw new InvalidInput('"drip" goes with filter.');
  const who = filter === undefined ? { leads: [...new Set(these)] } : { filter: present(filter) };
  const asked = present({ inputs, drip });
  return { workflow, id: request ?? randomUUID(), who, override, preview, ...asked };
}

function actOf(name: keyof typeof ACTS, { force, until, plan, mode }: Partial<z.output<typeof How>>): Act {
  const foreign = Object.entries({ force, until, plan, mode })
    .filter(([key, value]) => value !== undefined && !(TAKES[name] ?? []).includes(key))
    .map(([key]) => key);
  if (foreign.length > 0) throw new InvalidInput(`"${foreign[0]}" does not go with ${name}.`);
  switch (name) {
    case "retry":
      return present({ act: name, force });
    case "re-time":
      if (until === undefined) throw new InvalidInput("until: expected the instant at which the run goes on");
      return present({ act: name, until, force });
    case "move":
      return present({ act: name, plan, mode });
    default:
      return { act: name };
  }
}

const TAKES: Partial<Record<keyof typeof ACTS, readonly string[]>> = {
  retry: ["force"],
  "re-time": ["until", "force"],
  move: ["plan", "mode"],
};

type Present<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> };
const present = <Members extends object>(members: Members) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<Members> & {
    [Key in keyof Members as undefined extends Members[Key] ? never : Key]: Members[Key];
  };
