// HTTP for a team's site, and for what the CRM does not say when it joins two contacts.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, text } from "../kernel/request.ts";
import { type Asker, type Sites, trackerLine } from "../tenancy/index.ts";
import { openAsked } from "./asked.ts";
import { type Merging, merge } from "./merging.ts";

export interface TeamSiteDoors {
  readonly authorize: Asker;
  readonly merging: Merging;
  readonly sites: Sites;
  /** Our address, without a trailing slash. */
  readonly url: string;
  /** What changed is held in memory too. */
  readonly changed: (location: string) => Promise<unknown>;
}

const Change = z.strictObject({
  allow: text(300).optional(),
  forbid: text(300).optional(),
  postal: text(300).optional(),
  renew: z.literal(true).optional(),
});

export function teamSiteRoutes(app: FastifyInstance, doors: TeamSiteDoors): void {
  const { sites } = doors;
  const at = "/v1/locations/:location";

  const asked = openAsked(doors.authorize);
  const told = async (location: string) => {
    const settings = await sites.read(location);
    return { ...settings, snippet: trackerLine(doors.url, settings) };
  };

  app.get(`${at}/site`, async (request) => told((await asked(request, "viewer")).location));

  app.post(`${at}/site`, async (request) => {
    const { location, by } = await asked(request, "manager");
    const { allow, forbid, postal, renew } = parse(Change, request.body ?? {});
    if (allow !== undefined) await sites.allow(location, allow, by);
    if (forbid !== undefined) await sites.forbid(location, forbid, by);
    if (postal !== undefined) await sites.setPostal(location, postal, by);
    if (renew === true) await sites.renew(location, by);
    await doors.changed(location);
    return told(location);
  });

  app.post(`${at}/leads/:lead/merge`, async (request, reply) => {
    const { location, by } = await asked(request, "manager");
    const { lead } = parse(z.looseObject({ lead: text(100) }), request.params);
    const { into } = parse(z.strictObject({ into: text(100) }), request.body ?? {});
    return reply.code(202).send({ into: await merge(doors.merging, { location, from: lead, into, by }) });
  });
}
