// HTTP for what a person asks of runs: one of them, many by a filter, a workflow, a location.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { id, limit as most, parse, text } from "../kernel/request.ts";
import type { Asker, Role } from "../tenancy/index.ts";
import { drawingOf } from "../workflows/index.ts";
import { openAsked } from "./asked.ts";
import type { Enroller } from "./enrolling.ts";
import { type PlanningNeeds, planAt } from "./planning.ts";
import type { RunControl } from "./run-control.ts";
import { act, readAct, readEnrolling, readFilter, reason } from "./run-requests.ts";

export interface RunDoors extends PlanningNeeds {
  readonly authorize: Asker;
  readonly control: RunControl;
  readonly enroller: Enroller;
}

/** `*` is the whole location, which has routes of its own. */
const workflowId = id;

/** A folder, as it would be published. */
const Files = z.strictObject({
  files: z.array(z.strictObject({ file: text(300), text: z.string().max(1_000_000) })).max(500),
});

export function runRoutes(app: FastifyInstance, doors: RunDoors): void {
  const { control } = doors;
  const at = "/v1/locations/:location";

  const who = openAsked(doors.authorize);
  async function asked<Path extends z.ZodRawShape>(request: FastifyRequest, path: Path, least: Role) {
    return { ...(await who(request, least)), path: parse(z.looseObject(path), request.params) };
  }

  app.post(`${at}/runs/:run/:act`, async (request, reply) => {
    const { location, by, path } = await asked(request, { run: z.uuid("expected a run's id"), act }, "agent");
    const { act: chosen, reason: why } = readAct(path.act, request.body);
    await control.one(location, path.run, chosen, { by, reason: why });
    return reply.code(202).send({ accepted: 1 });
  });

  app.post(`${at}/runs/:act`, async (request, reply) => {
    const { location, by, path } = await asked(request, { act }, "manager");
    const { filter, act: chosen, reason: why, dryRun } = readFilter(path.act, request.body);
    const done = await control.many(location, filter, chosen, { by, reason: why, dryRun });
    return reply.code(dryRun ? 200 : 202).send(done);
  });

  for (const verb of ["pause", "resume", "stop"] as const) {
    app.post(`${at}/workflows/:workflow/${verb}`, async (request, reply) => {
      const { location, by, path } = await asked(request, { workflow: workflowId }, "manager");
      const { reason: why } = parse(z.strictObject({ reason }), request.body ?? {});
      return reply.code(202).send(await control[verb](location, path.workflow, { by, reason: why }));
    });
  }
  for (const verb of ["pause", "resume"] as const) {
    app.post(`${at}/${verb}`, async (request, reply) => {
      const { location, by } = await asked(request, {}, "manager");
      const { reason: why } = parse(z.strictObject({ reason }), request.body ?? {});
      return reply.code(202).send(await control[verb](location, "*", { by, reason: why }));
    });
  }

  app.post(`${at}/workflows/:workflow/enroll`, async (request, reply) => {
    const { location, by, path } = await asked(request, { workflow: workflowId }, "agent");
    const { preview, ...enrolling } = readEnrolling(path.workflow, request.body);
    // agents look after single leads; whom a filter names is a manager's business
    if ("filter" in enrolling.who && !preview) await asked(request, {}, "manager");
    if (preview) return doors.enroller.preview(location, enrolling);
    return reply.code(202).send(await doors.enroller.enroll(location, enrolling, by));
  });

  app.post(`${at}/workflows/plan`, async (request) => {
    const { location } = await asked(request, {}, "viewer");
    const { files } = parse(Files, request.body ?? {});
    return planAt(doors, location, files);
  });

  app.get(`${at}/workflows/:workflow/graph.svg`, async (request, reply) => {
    const { location, path } = await asked(request, { workflow: text(100) }, "viewer");
    const live = await doors.database.transaction([location], (sql) => doors.publications.live(sql, location));
    const plan = live?.plans.find((one) => one.workflow === path.workflow);
    if (plan === undefined) throw new InvalidInput(`No version of "${path.workflow}" is live.`, "not-found");
    // opened by itself it is a page of ours, which shows its own letters and does nothing
    reply.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    reply.header("x-content-type-options", "nosniff");
    return reply.header("cache-control", "no-store").type("image/svg+xml").send(drawingOf(plan, "svg"));
  });

  app.get(`${at}/jobs`, async (request) => {
    const { location } = await asked(request, {}, "viewer");
    const { limit } = parse(z.object({ limit: most }), request.query);
    return { items: await control.jobs(location, { limit }) };
  });
  app.get(`${at}/jobs/:job`, async (request) => {
    const { location, path } = await asked(request, { job: z.uuid("expected a job's id") }, "viewer");
    const [job] = await control.jobs(location, { id: path.job, limit: 1 });
    if (job === undefined) throw new InvalidInput("There is no such job here.", "not-found");
    return job;
  });
}
