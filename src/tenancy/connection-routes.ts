// Connections over HTTP: how each location stands, a private integration's token, and the end of one.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { parse } from "../kernel/request.ts";
import { type Asker, type Asking, mustBe } from "./asker.ts";
import type { CompanyConnection, Connection, Parting } from "./connections.ts";
import type { Principal } from "./installation.ts";

export interface ConnectionDoors {
  /** Who asks, whatever for. @throws InvalidInput `unauthorized` */
  readonly who: (request: Asking) => Promise<Principal>;
  readonly authorize: Asker;
  /** Whether the marketplace app is configured. */
  readonly app: boolean;
  list(locations: Principal["locations"]): Promise<readonly Connection[]>;
  companies(): readonly CompanyConnection[];
  /** @throws InvalidInput where the CRM does not take the token for that location */
  integrate(location: string, token: string, by: string): Promise<Connection>;
  /** Undefined where it was not connected. */
  disconnect(location: string, by: string): Promise<Parting | undefined>;
}

const Integration = z.strictObject({
  location: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a location id: letters, digits, _ and -"),
  token: z.string().min(8, "expected the token of a private integration").max(2_000),
});

export function connectionRoutes(app: FastifyInstance, doors: ConnectionDoors): void {
  app.get("/v1/connections", async (request, reply) => {
    const who = await doors.who(request);
    reply.header("cache-control", "no-store");
    return {
      items: await doors.list(who.locations),
      // a company spans locations: only who may see them all is told of it
      ...(who.locations === "*" ? { companies: doors.companies() } : {}),
      app: doors.app,
    };
  });

  app.post("/v1/connections", async (request, reply) => {
    const who = mustBe(await doors.who(request), "owner");
    const { location, token } = parse(Integration, request.body);
    if (who.locations !== "*" && !who.locations.includes(location))
      throw new InvalidInput("This key is not for that location.", "forbidden");
    return reply.code(201).send(await doors.integrate(location, token, who.id));
  });

  app.post<{ Params: { location: string } }>("/v1/locations/:location/disconnect", async (request) => {
    const { location } = request.params;
    const who = await doors.authorize(request, location, "owner");
    const parting = await doors.disconnect(location, who.id);
    if (parting === undefined) throw new InvalidInput("Latchkey does not work for this location.", "not-installed");
    return parting;
  });
}
