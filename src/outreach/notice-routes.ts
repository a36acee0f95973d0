// What workflows tell people of the team, over HTTP.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { listNotices, type Notice, readNotice } from "./notices.ts";

export interface NoticeDoors {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** @throws InvalidInput with code `unauthorized` or `forbidden` */
  authorize(request: FastifyRequest, location: string): Promise<{ readonly name: string; readonly role: string }>;
  /** A notice was read: whoever looks at the list may want it anew. */
  changed?(location: string): void;
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
export function noticeRoutes(app: FastifyInstance, { database, clock, authorize, changed }: NoticeDoors): void {
  app.get("/v1/locations/:location/notices", async (request, reply) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location);
    const { unread, before, limit } = parse(Asked, request.query);
    const asked = { unread: unread === "1", limit, ...(before === undefined ? {} : { before: placeOf(before) }) };
    const notices = await database.transaction([location], (sql) => listNotices(sql, location, asked));
    reply.header("cache-control", "no-store");
    const last = notices.length === limit ? notices.at(-1) : undefined;
    return { notices: notices.map(shown), ...(last === undefined ? {} : { next: `${last.at}_${last.id}` }) };
  });
  app.post("/v1/locations/:location/notices/:id/read", async (request) => {
    const { location, id } = parse(One, request.params);
    const { name, role } = await authorize(request, location);
    if (role === "viewer") throw new InvalidInput("Managers and agents can do this.", "forbidden");
    const read = await database.transaction([location], (sql) =>
      readNotice(sql, location, id, { by: name, at: clock.now() }),
    );
    if (!read) throw new InvalidInput("There is no such notice.", "not-found");
    changed?.(location);
    return { read: true };
  });
}

const shown = ({ at, readAt, ...notice }: Notice) => ({
  ...notice,
  at: new Date(at).toISOString(),
  ...(readAt === undefined ? {} : { readAt: new Date(readAt).toISOString() }),
});

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
