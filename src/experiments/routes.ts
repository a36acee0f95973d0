// Experiments over HTTP: what may be said of them, and what a person may do with them.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { Place, parse, text } from "../kernel/request.ts";
import type { Asker } from "../tenancy/index.ts";
import { ACTS } from "./control.ts";
import type { Experiments } from "./experiments.ts";

export interface ExperimentDoors {
  readonly experiments: Experiments;
  readonly authorize: Asker;
}

const Named = Place.extend({
  experiment: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "expected an experiment's id"),
});
const Acted = Named.extend({ act: z.enum(ACTS) });
const How = z.strictObject({ reason: text(300).default("by hand"), winner: text(64).optional() });

export function experimentRoutes(app: FastifyInstance, { experiments, authorize }: ExperimentDoors): void {
  const at = "/v1/locations/:location/experiments";

  app.get(at, async (request, reply) => {
    const { location } = parse(Place, request.params);
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
