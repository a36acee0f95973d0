// Who asks for the location in a request's path, for the routes below it.

import type { FastifyRequest } from "fastify";
import { Place, parse } from "../kernel/request.ts";
import type { Asker, Role } from "../tenancy/index.ts";

export interface Asked {
  readonly location: string;
  /** The name of who asks. */
  readonly by: string;
  readonly role: Role;
}

/** @throws InvalidInput where nobody asks, or who may not */
export const openAsked =
  (authorize: Asker) =>
  async (request: FastifyRequest, least: Role): Promise<Asked> => {
    const { location } = parse(Place, request.params);
    const { name, role } = await authorize(request, location, least);
    return { location, by: name, role };
  };
