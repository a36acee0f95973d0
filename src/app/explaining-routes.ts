// HTTP for why a lead stands where it stands.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { type Asker, admit } from "../tenancy/index.ts";
import { type ExplainingNeeds, explainLead } from "./explaining.ts";
import { id, parse } from "./run-requests.ts";

export interface ExplainingDoors extends ExplainingNeeds {
  readonly authorize: Asker;
  readonly installed: (location: string) => boolean | Promise<boolean>;
}

export function explainingRoutes(app: FastifyInstance, doors: ExplainingDoors): void {
  app.get("/v1/locations/:location/leads/:lead/explanation", async (request, reply) => {
    const { location, lead } = parse(z.looseObject({ location: id, lead: id }), request.params);
    await admit(doors, request, location, "viewer");
    const told = await explainLead(doors, location, lead);
    if (told === undefined) throw new InvalidInput(`Nothing is scored of ${lead} at ${location}.`, "not-found");
    reply.header("cache-control", "no-store");
    return told;
  });
}
