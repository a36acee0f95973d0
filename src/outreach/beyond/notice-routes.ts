// What people of the team are told, over HTTP.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../../kernel/errors.ts";
import type { Database } from "../../kernel/sql.ts";
import type { Clock } from "../../kernel/time.ts";
import { listNotices, type Notice, readNotice } from "./notices.ts";

export interface NoticeDoors {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** @throws InvalidInput with code `unauthorized` or `forbidden` */
  authorize(request: FastifyRequest, location: string): Promise<{ readonly name: string; readonly role: string }>;
  /** What these leads, and the location's users and workflows, are called. */
  names(location: string, leads: readonly string[]): Promise<NoticeNames>;
}

export interface NoticeNames {
  lead(id: string): string;
  user(id: string): string;
  workflow(id: string): string;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A notice as people read it. */
export interface NoticeView {
  readonly id: string;
  /** Whom it is about; absent: what `page` shows. */
  readonly lead?: Named;
  readonly page?: "models";
  /** Whom it is for; empty: everybody. */
  readonly users: readonly Named[];
  readonly message: string;
  readonly workflow?: Named;
  readonly run?: string;
  readonly at: string;
  readonly readAt?: string;
  readonly readBy?: string;
}

const Place = z.object({ location: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a location's id") });
const One = Place.extend({ id: z.uuid("expected a notice's id") });
const Asked = z.object({
  unread: z.enum(["0", "1"]).default("0"),
  /** `next` of the page before. */
  before: z
    .string()
    .regex(/^\d{1,15}_[0-9a-f-]{36}$/, "expected the `next` of the page before")
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** `GET /v1/locations/:location/notices` and `POST …/notices/:id/read`. */
export function noticeRoutes(app: FastifyInstance, { database, clock, authorize, names }: NoticeDoors): void {
  app.get("/v1/locations/:location/notices", async (request, reply) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location);
    const { unread, before, limit } = parse(Asked, request.query);
    const asked = { unread: unread === "1", limit, ...(before === undefined ? {} : { before: placeOf(before) }) };
    const notices = await database.transaction([location], (sql) => listNotices(sql, location, asked));
    const called = await names(location, [...new Set(notices.flatMap(({ lead }) => lead ?? []))]);
    reply.header("cache-control", "no-store");
    const last = notices.length === limit ? notices.at(-1) : undefined;
    return {
      items: notices.map((notice) => shown(notice, called)),
      ...(last === undefined ? {} : { next: `${last.at}_${last.id}` }),
    };
  });
  app.post("/v1/locations/:location/notices/:id/read", async (request) => {
    const { location, id } = parse(One, request.params);
    const { name, role } = await authorize(request, location);
    if (role === "viewer") throw new InvalidInput("Managers and agents can do this.", "forbidden");
    const read = await database.transaction([location], (sql) =>
      readNotice(sql, location, id, { by: name, at: clock.now() }),
    );
    if (!read) throw new InvalidInput("There is no such notice.", "not-found");
    return { read: true };
  });
}

function shown({ at, readAt, lead, users, workflow, ...notice }: Notice, names: NoticeNames): NoticeView {
  return {
    ...notice,
    ...(lead === undefined ? {} : { lead: { id: lead, name: names.lead(lead) } }),
    users: users.map((id) => ({ id, name: names.user(id) })),
    ...(workflow === undefined ? {} : { workflow: { id: workflow, name: names.workflow(workflow) } }),
    at: new Date(at).toISOString(),
    ...(readAt === undefined ? {} : { readAt: new Date(readAt).toISOString() }),
  };
}

function placeOf(before: string): { at: number; id: string } {
  const [at = "", id = ""] = before.split("_");
  return { at: Number(at), id };
}

function parse<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({ field: issue.path.join("."), detail: issue.message }));
  throw new InvalidInput("The request cannot be read.", "invalid-input", errors);
}
