// HTTP for what a person asks of runs: one of them, many by a filter, a workflow, a location.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidInput } from "./kernel/errors.ts";
import { ACTS, type Act, type RunControl } from "./run-control.ts";
import type { Asker, Principal, Role } from "./tenancy/index.ts";
import { atLeast } from "./tenancy/index.ts";
import type { RunFilter } from "./workflows/index.ts";

export interface RunDoors {
  readonly control: RunControl;
  readonly authorize: Asker;
}

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected an id");
const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\0]*$/, "expected text without NUL");
const Status = z.enum(["pending", "waiting", "paused", "completed", "failed", "stopped"]);
const reason = text(300).default("by hand");
const act = z.enum(Object.keys(ACTS) as [keyof typeof ACTS, ...(keyof typeof ACTS)[]]);
const instant = z.iso.datetime({ offset: true }).transform((said) => Date.parse(said));

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

export function runRoutes(app: FastifyInstance, { control, authorize }: RunDoors): void {
  const at = "/v1/locations/:location";

  async function asked<Path extends z.ZodRawShape>(request: FastifyRequest, path: Path, least: Role) {
    const { location } = parse(z.looseObject({ location: id }), request.params);
    const who: Principal = await authorize(request, location);
    if (!atLeast(who, least)) throw new InvalidInput(`This takes the role ${least}, or more.`, "forbidden");
    return { location, by: who.name, path: parse(z.looseObject(path), request.params) };
  }

  app.post(`${at}/runs/:run/:act`, async (request, reply) => {
    const { location, by, path } = await asked(request, { run: z.uuid("expected a run's id"), act }, "agent");
    const how = parse(How, request.body ?? {});
    await control.one(location, path.run, actOf(path.act, how), { by, reason: how.reason });
    return reply.code(202).send({ accepted: 1 });
  });

  app.post(`${at}/runs/:act`, async (request, reply) => {
    const { location, by, path } = await asked(request, { act }, "manager");
    const { dry_run, from, workflow, status, path: where, segment, lead, ...how } = parse(Filter, request.body ?? {});
    // of a move, `plan` is where to; of every other act it can only mean where they are
    const plan = from ?? (path.act === "move" ? undefined : how.plan);
    const filter: RunFilter = present({ workflow, status, path: where, plan, segment, lead });
    const chosen = actOf(path.act, path.act === "move" ? how : { ...how, plan: undefined });
    const done = await control.many(location, filter, chosen, { by, reason: how.reason, dryRun: dry_run });
    return reply.code(dry_run ? 200 : 202).send(done);
  });

  for (const verb of ["pause", "resume"] as const) {
    app.post(`${at}/workflows/:workflow/${verb}`, async (request, reply) => {
      const { location, by, path } = await asked(request, { workflow: text(100) }, "manager");
      const { reason: why } = parse(z.strictObject({ reason }), request.body ?? {});
      return reply.code(202).send(await control[verb](location, path.workflow, { by, reason: why }));
    });
    app.post(`${at}/${verb}`, async (request, reply) => {
      const { location, by } = await asked(request, {}, "manager");
      const { reason: why } = parse(z.strictObject({ reason }), request.body ?? {});
      return reply.code(202).send(await control[verb](location, "*", { by, reason: why }));
    });
  }

  app.post(`${at}/workflows/:workflow/stop`, async (request, reply) => {
    const { location, by, path } = await asked(request, { workflow: text(100) }, "manager");
    const { reason: why } = parse(z.strictObject({ reason }), request.body ?? {});
    const asker = { by, reason: why, dryRun: false };
    return reply.code(202).send(await control.many(location, { workflow: path.workflow }, { act: "stop" }, asker));
  });

  app.get(`${at}/jobs`, async (request) => {
    const { location } = await asked(request, {}, "viewer");
    const { limit } = parse(z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }), request.query);
    return { items: await control.jobs(location, { limit }) };
  });
  app.get(`${at}/jobs/:job`, async (request) => {
    const { location, path } = await asked(request, { job: z.uuid("expected a job's id") }, "viewer");
    const [job] = await control.jobs(location, { id: path.job, limit: 1 });
    if (job === undefined) throw new InvalidInput("There is no such job here.", "not-found");
    return job;
  });
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
      return { act: name, until };
    case "move":
      return present({ act: name, plan, mode });
    default:
      return { act: name };
  }
}

const TAKES: Partial<Record<keyof typeof ACTS, readonly string[]>> = {
  retry: ["force"],
  "re-time": ["until"],
  move: ["plan", "mode"],
};

type Present<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> };
const present = <Members extends object>(members: Members) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<Members> & {
    [Key in keyof Members as undefined extends Members[Key] ? never : Key]: Members[Key];
  };

function parse<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({ field: issue.path.join("."), detail: issue.message }));
  const [first] = errors;
  const said = first === undefined ? "The request cannot be read." : `${first.field}: ${first.detail}`;
  throw new InvalidInput(said, "invalid-input", errors);
}
