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
  /** Holding a lead against others reads much of the log: one at a time. */
  let busy = false;
  const heldAgainstOthers = async (location: string, lead: string) => {
    if (busy)
      throw new InvalidInput(
        "Another lead is being held against others. Try again when that is done, or ask for the path-dependent form.",
        "rate-limited",
      );
    busy = true;
    try {
      return await explainLead(doors, location, lead, "interventional");
    } finally {
      busy = false;
    }
  };
  app.get("/v1/locations/:location/leads/:lead/explanation", async (request, reply) => {
    const { location, lead } = parse(Place.extend({ lead: id }), request.params);
    await doors.authorize(request, location, "viewer");
    const { form } = parse(z.object({ form: z.enum(FORMS).optional() }), request.query);
    const isAudit = form === "interventional";
    if (isAudit) await doors.authorize(request, location, "manager");
    const told = await (isAudit ? heldAgainstOthers(location, lead) : explainLead(doors, location, lead));
    if (told === undefined) throw new InvalidInput(`Nothing is scored of ${lead} at ${location}.`, "not-found");
    reply.header("cache-control", "no-store");
    return told;
  });
}
