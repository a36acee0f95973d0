// HTTP for why a lead stands where it stands.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { id, Place, parse } from "../kernel/request.ts";
import type { Asker } from "../tenancy/index.ts";
import { type ExplainingNeeds, explainLead, FORMS } from "./explaining.ts";

export interface ExplainingDoors extends ExplainingNeeds {
  readonly authorize: Asker;
}

export function explainingRoutes(app: FastifyInstance, doors: ExplainingDoors): void {
  app.get("/v1/locations/:location/leads/:lead/explanation", async (request, reply) => {
    const { location, lead } = parse(Place.extend({ lead: id }), request.params);
    await doors.authorize(request, location, "viewer");
    const { form } = parse(z.object({ form: z.enum(FORMS).optional() }), request.query);
    const told = await explainLead(doors, location, lead, form);
    if (told === undefined) throw new InvalidInput(`Nothing is scored of ${lead} at ${location}.`, "not-found");
    reply.header("cache-control", "no-store");
    return told;
  });
}
