// The dashboard's files, and its page for every address that is a place in it.

import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Nothing from elsewhere, nothing inline. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const PLACES = ["/", "/today", "/leads", "/leads/:lead", "/workflows", "/messages", "/models", "/system", "/settings"];

/** @param dir the folder that `vite build` wrote */
export async function dashboardRoutes(app: FastifyInstance, { dir }: { dir: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: dir,
    wildcard: false,
    index: false,
    serve: true,
    globIgnore: ["index.html"],
    setHeaders(reply, path) {
      // names in assets/ carry the hash of what they hold
      const immutable = /[\\/]assets[\\/]/.test(path);
      reply.header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
      reply.header("x-content-type-options", "nosniff");
    },
  });
  for (const place of PLACES) {
    app.get(place, (_request, reply) => {
      reply.header("content-security-policy", POLICY);
      reply.header("referrer-policy", "same-origin");
      reply.header("x-content-type-options", "nosniff");
      return reply.sendFile("index.html");
    });
  }
}
