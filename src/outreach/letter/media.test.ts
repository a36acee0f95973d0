import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerProblems } from "../../kernel/problem.ts";
import { type Media, mediaRoutes, openMedia } from "./media.ts";

let top: string;
let media: Media;
const app = fastify();
const named = new Set(["guides/a.pdf", "guides/b.pdf", "w.yaml", "outside.pdf", ".env"]);

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "latchkey-media-"));
  const dir = join(top, "workflows");
  mkdirSync(join(dir, "guides"), { recursive: true });
  mkdirSync(join(dir, "@loc1", "guides"), { recursive: true });
  for (const [name, text] of [
    ["guides/a.pdf", "everybody's"],
    ["@loc1/guides/a.pdf", "their own"],
    ["guides/b.pdf", "b"],
    ["guides/unnamed.pdf", "c"],
    ["w.yaml", "workflow: w"],
    [".env", "SECRET=1"],
    ["../secret.pdf", "outside"],
  ] as const)
    writeFileSync(join(dir, name), text);
  symlinkSync(join(top, "secret.pdf"), join(dir, "outside.pdf"));
  media = openMedia({ dir, url: "https://latchkey.example.com" });
  answerProblems(app);
  mediaRoutes(app, { media, isNamed: async (_location, name) => named.has(name) });
});
afterAll(async () => {
  await app.close();
  rmSync(top, { recursive: true, force: true });
});

const get = (path: string) => app.inject({ url: path });

describe("a file that an e-mail brings along", () => {
  test("has an address where it lies beside the workflows, and none otherwise", () => {
    expect(media.url("loc1", "guides/b.pdf")).toBe("https://latchkey.example.com/media/loc1/guides/b.pdf");
    expect(media.url("loc1", "guides/none.pdf")).toBeUndefined();
    expect(openMedia({ dir: join(top, "workflows"), url: undefined }).url("loc1", "guides/b.pdf")).toBeUndefined();
  });

  test("is given to whoever asks, the location's own before everybody's", async () => {
    const own = await get("/media/loc1/guides/a.pdf");
    expect([own.statusCode, own.body, own.headers["content-type"]]).toEqual([200, "their own", "application/pdf"]);
    expect((await get("/media/loc2/guides/a.pdf")).body).toBe("everybody's");
    expect(own.headers["x-content-type-options"]).toBe("nosniff");
  });

  test.each([
    "/media/loc1/guides/unnamed.pdf",
    "/media/loc1/w.yaml",
    "/media/loc1/.env",
    "/media/loc1/outside.pdf",
    "/media/loc1/..%2Fsecret.pdf",
    "/media/loc1/guides/..%2F..%2Fsecret.pdf",
    "/media/loc1/%40loc1/guides/a.pdf",
    "/media/loc1/guides",
    "/media/loc1/",
    "/media/..%2F/secret.pdf",
  ])("is not %s", async (path) => {
    expect((await get(path)).statusCode).toBe(404);
  });
});
