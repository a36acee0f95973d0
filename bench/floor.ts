// The floor beside ingest: Fastify with the same signature check and parse, and no write. A process of its own, as Latchkey is.

import { createPublicKey, verify } from "node:crypto";
import Fastify from "fastify";

const key = createPublicKey(process.argv[2] ?? "");
const app = Fastify({ logger: false });
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
app.post("/webhooks/highlevel", (request, reply) => {
  const raw = request.body as Buffer;
  const signature = Buffer.from(String(request.headers["x-ghl-signature"]), "base64");
  if (!verify(null, raw, key, signature)) return reply.code(401).send();
  JSON.parse(raw.toString());
  return { ok: true };
});
await app.listen({ host: "127.0.0.1", port: 0 });
const address = app.server.address();
process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
