import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerProblems } from "../../kernel/problem.ts";
import { isAttached, type Media, mediaRoutes, openMedia } from "./media.ts";

let top: string;
let media: Media;
const app = fastify();
const named = new Set(["guides/a.pdf", "guides/b.pdf", "plan.gif", "w.yaml", "outside.pdf", ".env"]);

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "latchkey-media-"));
  const dir = join(top, "workflows");
  mkdirSync(join(dir, "guides"), { recursive: true });
  mkdirSync(join(dir, "@loc1", "guides"), { recursive: true });
  for (const [name, text] of [
    ["guides/a.pdf", "everybody's"],
    ["@loc1/guides/a.pdf", "their own"],
    ["guides/b.pdf", "b"],
    ["plan.gif", "GIF89a"],
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

describe("a file that a message brings along", () => {
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

  test("says what it is and how long, also to who only asks: providers of texts refuse a file that does not", async () => {
    for (const method of ["GET", "HEAD"] as const) {
      const { statusCode, headers } = await app.inject({ method, url: "/media/loc1/plan.gif" });
      expect([statusCode, headers["content-type"], headers["content-length"]]).toEqual([200, "image/gif", "6"]);
    }
    expect([media.size("loc1", "plan.gif"), media.size("loc1", "none.gif")]).toEqual([6, undefined]);
  });

  test("is named by the template of a text as by that of an e-mail", () => {
    const of = { order: [], hash: "h" };
    const templates = {
      text: { ...of, id: "text", sms: "Look", smsAttach: ["plan.gif"] },
      mail: { ...of, id: "mail", email: { subject: "A", body: "B", attach: ["guides/a.pdf"] } },
    };
    expect(["plan.gif", "guides/a.pdf", "guides/b.pdf"].filter((name) => isAttached(templates, name))).toEqual([
      "plan.gif",
      "guides/a.pdf",
    ]);
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
