// What comes from leads themselves, by browser: the tracker and what it tells; links they follow, and the way out.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { type IngestLimits, openBudget } from "../budget.ts";
import { followLink, type LinkNeeds } from "./links.ts";
import { acceptTracked, allowTracking, TRACK_LIMIT, TRACK_LIMITS, type TrackNeeds } from "./track.ts";
import { trackerRoute } from "./tracker.ts";
import { showWayOut, takeWayOut, type WayOutNeeds } from "./unsubscribe.ts";

export interface SiteNeeds extends Omit<TrackNeeds, "spend"> {
  /** The tracker, as the build made it. */
  readonly script?: Buffer;
  readonly limits?: IngestLimits;
}

/** What a team's own pages ask and tell. */
export async function siteRoutes(app: FastifyInstance, needs: SiteNeeds): Promise<void> {
  await app.register(async (scope) => {
    takeBytes(scope);
    trackerRoute(scope, needs.script);
    const tracked: TrackNeeds = { ...needs, spend: openBudget(needs.clock, needs.limits ?? TRACK_LIMITS) };
    scope.options("/v1/track", (request, reply) => allowTracking(tracked, request, reply));
    scope.post("/v1/track", { bodyLimit: TRACK_LIMIT }, (request, reply) =>
      acceptTracked(tracked, request, reply, bytesOf(request)),
    );
  });
}

export type MessageNeeds = LinkNeeds & WayOutNeeds;

/** What readers of our messages follow. */
export async function messageLinkRoutes(app: FastifyInstance, needs: MessageNeeds): Promise<void> {
  await app.register(async (scope) => {
    takeBytes(scope);
    scope.get("/l/:token", (request, reply) => followLink(needs, request, reply));
    scope.get("/u/:token", (request, reply) => showWayOut(needs, request, reply));
    scope.post("/u/:token", { bodyLimit: TRACK_LIMIT }, (request, reply) =>
      takeWayOut(needs, request, reply, bytesOf(request)),
    );
  });
}

/** Every body arrives as the bytes it was sent in. */
function takeBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: TRACK_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
}

const bytesOf = (request: FastifyRequest): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
