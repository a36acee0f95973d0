// `GET /track.js`: the tracker itself, pressed once, kept by browsers for an hour, or for a year under its own version.

import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { InvalidInput } from "../../kernel/errors.ts";

/** @param script what the build made of tracker/; absent where it was not built */
export function trackerRoute(app: FastifyInstance, script: Buffer | undefined): void {
  const forms = script === undefined ? undefined : pressed(script);
  app.get<{ Querystring: { v?: string } }>("/track.js", async (request, reply) => {
    if (forms === undefined) throw new InvalidInput("The tracker is not built: npm run build.", "not-found");
    const { version, plain, br, gzip } = forms;
    reply.header("access-control-allow-origin", "*").header("cross-origin-resource-policy", "cross-origin");
    reply.header("x-content-type-options", "nosniff").header("vary", "accept-encoding").header("etag", `"${version}"`);
    const mayStay = request.query.v === version;
    reply.header(
      "cache-control",
      mayStay ? "public, max-age=31536000, immutable" : "public, max-age=3600, stale-while-revalidate=86400",
    );
    if (request.headers["if-none-match"]?.includes(`"${version}"`)) return reply.code(304).send();
    reply.type("text/javascript; charset=utf-8");
    const takes = String(request.headers["accept-encoding"] ?? "");
    if (/\bbr\b/.test(takes)) return reply.header("content-encoding", "br").send(br);
    if (/\bgzip\b/.test(takes)) return reply.header("content-encoding", "gzip").send(gzip);
    return reply.send(plain);
  });
}

function pressed(plain: Buffer) {
  const version = createHash("sha256").update(plain).digest("hex").slice(0, 12);
  return { version, plain, br: brotliCompressSync(plain), gzip: gzipSync(plain) };
}
