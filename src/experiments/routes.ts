// Experiments over HTTP: what may be said of them, and what a person may do with them.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { ACTS } from "./control.ts";
import type { Experiments } from "./experiments.ts";

export interface ExperimentDoors {
  readonly experiments: Experiments;
  /**
   * Who asks, at least in this role.
   *
   * @throws InvalidInput with code `unauthorized` or `forbidden`
   */
  authorize(request: FastifyRequest, location: string, least: "viewer" | "manager"): Promise<{ readonly name: string }>;
}

const Location = z.looseObject({ location: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected an id") });
const Named = Location.extend({
  experiment: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "expected an experiment's id"),
});
const Acted = Named.extend({ act: z.enum(ACTS) });
const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\0]*$/, "expected text without NUL");
const How = z.strictObject({ reason: text(300).default("by hand"), winner: text(64).optional() });

export function experimentRoutes(app: FastifyInstance, { experiments, authorize }: ExperimentDoors): void {
  const at = "/v1/locations/:location/experiments";

  app.get(at, async (request, reply) => {
    const { location } = parse(Location, request.params);
    await authorize(request, location, "viewer");
    reply.header("cache-control", "no-store");
    return { items: await experiments.list(location) };
  });

  app.get(`${at}/:experiment`, async (request, reply) => {
    const { location, experiment } = parse(Named, request.params);
    await authorize(request, location, "viewer");
    const found = await experiments.one(location, experiment);
    if (found === undefined) throw new InvalidInput("There is no such experiment here.", "not-found");
    reply.header("cache-control", "no-store");
    return found;
  });

  app.post(`${at}/:experiment/:act`, async (request) => {
    const { location, experiment, act } = parse(Acted, request.params);
    const { name } = await authorize(request, location, "manager");
    const { reason, winner } = parse(How, request.body ?? {});
    return experiments.act(location, experiment, {
      act,
      by: name,
      reason,
      ...(winner === undefined ? {} : { winner }),
    });
  });
}

function parse<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({ field: issue.path.join("."), detail: issue.message }));
  const said = errors.map(({ field, detail }) => `${field}: ${detail}`)[0] ?? "The request cannot be read.";
  throw new InvalidInput(said, "invalid-input", errors);
}
