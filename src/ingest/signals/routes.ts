// What comes from leads themselves, by browser: the tracker and what it tells.

import type { FastifyInstance } from "fastify";
import { type IngestLimits, openBudget } from "../budget.ts";
import { acceptTracked, allowTracking, TRACK_LIMIT, TRACK_LIMITS, type TrackNeeds } from "./track.ts";
import { trackerRoute } from "./tracker.ts";

export interface SignalNeeds extends Omit<TrackNeeds, "spend"> {
  /** The tracker, as the build made it. */
  readonly script?: Buffer;
  readonly limits?: IngestLimits;
}

/** In a scope of their own, where every body arrives as the bytes it was sent in. */
export async function signalRoutes(app: FastifyInstance, needs: SignalNeeds): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: TRACK_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    trackerRoute(scope, needs.script);
    const tracked: TrackNeeds = { ...needs, spend: openBudget(needs.clock, needs.limits ?? TRACK_LIMITS) };
    scope.options("/v1/track", (request, reply) => allowTracking(tracked, request, reply));
    scope.post("/v1/track", { bodyLimit: TRACK_LIMIT }, (request, reply) =>
      acceptTracked(tracked, request, reply, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)),
    );
  });
}
