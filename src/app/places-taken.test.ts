import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { expect, test } from "vitest";
import { openEmbedded } from "../database/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import { openFacts } from "../kernel/facts.ts";
import { inDataFolder, listenAt } from "./places-taken.ts";

test("a port that another program has is one sentence that names PORT", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const app = fastify();
  try {
    const refused = await listenAt(app, { host: "127.0.0.1", port }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Unavailable);
    expect((refused as Error).message).toBe(
      `PORT: another program listens on 127.0.0.1:${port} already. Stop it, or set PORT to a port that is free.`,
    );
  } finally {
    await app.close();
    await new Promise((resolve) => other.close(resolve));
  }
});

test("a data folder that cannot be made is one sentence that names LATCHKEY_DATA; other faults stay as they are", async () => {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-data-"));
  try {
    const file = join(dir, "file");
    await writeFile(file, "");
    const data = join(file, "data");
    const refused = await inDataFolder(data, () => openEmbedded({ data, facts: openFacts() })).catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(Unavailable);
    expect((refused as Error).message).toMatch(/^LATCHKEY_DATA: the data folder .* \(ENOTDIR\)\. .*set LATCHKEY_DATA/);
    const denied = Object.assign(new Error("no"), { code: "EACCES", path: "/data/database" });
    await expect(inDataFolder("/data", () => Promise.reject(denied))).rejects.toThrow("/data/database cannot be");
    const away = Object.assign(new Error("away"), { code: "ECONNREFUSED" });
    await expect(inDataFolder("/data", () => Promise.reject(away))).rejects.toBe(away);
  } finally {
    await rm(dir, { recursive: true });
  }
});
