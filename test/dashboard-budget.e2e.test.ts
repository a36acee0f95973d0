import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { describe, expect, test, vi } from "vitest";

/** Gzipped bytes by kind of file, of what the first page loads. */
async function measure(): Promise<Record<"js" | "css" | "woff2", number>> {
  const config = fileURLToPath(new URL("../dashboard/vite.config.ts", import.meta.url));
  vi.stubEnv("NODE_ENV", "production");
  const result = (await build({
    configFile: config,
    logLevel: "error",
    build: { write: false },
  })) as Rolldown.RolldownOutput;
  vi.unstubAllEnvs();
  const sizes = { js: 0, css: 0, woff2: 0 };
  const first = firstLoad(result.output);
  for (const file of result.output) {
    if (file.type === "chunk" && !first.has(file.fileName)) continue;
    const kind = file.fileName.split(".").at(-1) as keyof typeof sizes;
    if (!(kind in sizes)) continue;
    const content = file.type === "chunk" ? file.code : file.source;
    sizes[kind] += kind === "woff2" ? content.length : gzipSync(content, { level: 9 }).length;
  }
  return sizes;
}

/** The entry and what it imports; a page that is not the first comes by itself. */
function firstLoad(output: Rolldown.RolldownOutput["output"]): ReadonlySet<string> {
  const chunks = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file] as const] : [])));
  const found = new Set<string>();
  const add = (name: string) => {
    const chunk = chunks.get(name);
    if (chunk === undefined || found.has(name)) return;
    found.add(name);
    for (const imported of chunk.imports) add(imported);
  };
  for (const { fileName, isEntry } of chunks.values()) if (isEntry) add(fileName);
  return found;
}

describe("the first load", () => {
  test("stays within its budget, script and style and letters", async () => {
    const { js, css, woff2 } = await measure();
    console.log(`first load, gzipped: script ${js} B, style ${css} B, letters ${woff2} B`);
    expect(js).toBeLessThanOrEqual(140 * 1024);
    expect(css).toBeLessThanOrEqual(8 * 1024);
    expect(woff2).toBeLessThanOrEqual(49 * 1024);
    expect(js + css + woff2).toBeLessThanOrEqual(200 * 1024);
  });

  test("asks nobody else for anything", async () => {
    const html = await readFile(fileURLToPath(new URL("../dashboard/index.html", import.meta.url)), "utf8");
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(html).not.toMatch(/<script>|<style|\son\w+=|style=/);
  });
});
