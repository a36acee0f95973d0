// HTTP for reading a location's past: ask for it, count it, follow it; and for leads out of a file.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import { parse } from "../kernel/request.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, iso } from "../kernel/time.ts";
import { type Import, type ImportAsked, type Imports, openImport, readImport } from "../reconcile/index.ts";
import type { Asker } from "../tenancy/index.ts";
import { openAsked } from "./asked.ts";
import { LeadRow, type RowOutcome } from "./leads-in.ts";

export interface ImportDoors {
  readonly authorize: Asker;
  readonly database: Database;
  /** Real time. */
  readonly clock: Clock;
  /** A simulated town has no past. */
  isSimulated(location: string): boolean;
  readonly imports: Pick<Imports, "count">;
  takeLeads(location: string, rows: readonly LeadRow[]): Promise<readonly RowOutcome[]>;
}

export const NO_PAST = "The simulated town has no past to import. Leads out of a file: latchkey import FILE.csv.";

/** More would keep a caller waiting for the CRM's share of the rate. */
export const ROWS_AT_ONCE = 20;
const Rows = z.strictObject({ rows: z.array(LeadRow).min(1).max(ROWS_AT_ONCE) });

const KINDS = ["contacts", "opportunities", "messages"] as const;
export const ImportBody = z.strictObject({
  only: z
    .array(z.enum(KINDS))
    .min(1)
    .default([...KINDS]),
  /** What was last stated before it is left out. */
  since: z.iso.datetime({ offset: true }).optional(),
  dry_run: z.boolean().default(false),
});

/** Mails are messages; who is gone shows only where all contacts are read. */
export function askedOf({ only, since }: z.infer<typeof ImportBody>): ImportAsked {
  const kinds = [
    ...(only.includes("contacts") ? ["contacts" as const] : []),
    ...(only.includes("opportunities") ? ["opportunities" as const] : []),
    ...(only.includes("messages") ? (["messages", "mails"] as const) : []),
    ...(only.includes("contacts") && since === undefined ? ["gone" as const] : []),
  ];
  return { kinds, ...(since === undefined ? {} : { since: Date.parse(since) }) };
}

/** An import as whoever follows it reads it. */
export interface ImportView {
  readonly id: string;
  readonly asked_at: string;
  readonly asked_by: string;
  readonly state: "running" | "done";
  /** What is being read. */
  readonly kind?: string;
  readonly counts: Import["counts"];
  readonly updated_at: string;
  readonly ended_at?: string;
  readonly problem?: string;
}

export const importView = (one: Import): ImportView => ({
  id: one.id,
  asked_at: iso(one.askedAt),
  asked_by: one.askedBy,
  state: one.endedAt === undefined ? "running" : "done",
  ...(one.kind === undefined ? {} : { kind: one.kind }),
  counts: one.counts,
  updated_at: iso(one.updatedAt),
  ...(one.endedAt === undefined ? {} : { ended_at: iso(one.endedAt) }),
  ...(one.problem === undefined ? {} : { problem: one.problem }),
});

export function importRoutes(app: FastifyInstance, doors: ImportDoors): void {
  const { database, clock } = doors;
  const at = "/v1/locations/:location/imports";

  const asked = openAsked(doors.authorize);

  app.post(at, async (request, reply) => {
    const { location, by } = await asked(request, "manager");
    const body = parse(ImportBody, request.body ?? {});
    if (doors.isSimulated(location)) throw new InvalidInput(NO_PAST);
    const how = askedOf(body);
    if (body.dry_run) return { totals: await doors.imports.count(location, how) };
    const opened = await database.transaction([location], (sql) =>
      openImport(sql, location, { id: newId(clock.now()), asked: how, by, now: clock.now() }),
    );
    return reply.code(202).send(importView(opened));
  });

  app.post(`${at}/leads`, async (request) => {
    const { location } = await asked(request, "manager");
    const { rows } = parse(Rows, request.body ?? {});
    return { outcomes: await doors.takeLeads(location, rows) };
  });

  app.get(`${at}/:id`, async (request) => {
    const { location } = await asked(request, "viewer");
    const { id: one } = parse(z.looseObject({ id: z.uuid("expected an import's id") }), request.params);
    const found = await database.transaction([location], (sql) => readImport(sql, location, one));
    if (found === undefined) throw new InvalidInput("There is no such import here.", "not-found");
    return importView(found);
  });
}
