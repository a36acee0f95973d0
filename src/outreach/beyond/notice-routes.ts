// What people of the team are told, over HTTP.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../../kernel/errors.ts";
import { after, limit, nextOf, Place, parse } from "../../kernel/request.ts";
import type { Database } from "../../kernel/sql.ts";
import type { Clock } from "../../kernel/time.ts";
import type { Asker } from "../../tenancy/index.ts";
import { listNotices, type Notice, readNotice } from "./notices.ts";

export interface NoticeDoors {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly authorize: Asker;
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

const One = Place.extend({ id: z.uuid("expected a notice's id") });
const Asked = z.object({ unread: z.enum(["0", "1"]).default("0"), before: after, limit });

/** `GET /v1/locations/:location/notices` and `POST …/notices/:id/read`. */
export function noticeRoutes(app: FastifyInstance, { database, clock, authorize, names }: NoticeDoors): void {
  app.get("/v1/locations/:location/notices", async (request, reply) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location);
    const { unread, before, limit: most } = parse(Asked, request.query);
    const asked = { unread: unread === "1", limit: most, ...(before === undefined ? {} : { before }) };
    const notices = await database.transaction([location], (sql) => listNotices(sql, location, asked));
    const called = await names(location, [...new Set(notices.flatMap(({ lead }) => lead ?? []))]);
    reply.header("cache-control", "no-store");
    return {
      items: notices.map((notice) => shown(notice, called)),
      ...nextOf(notices, most, (last) => last),
    };
  });
  app.post("/v1/locations/:location/notices/:id/read", async (request) => {
    const { location, id } = parse(One, request.params);
    const { name } = await authorize(request, location, "agent");
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
