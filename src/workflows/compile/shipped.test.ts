import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { render } from "./diagnostic.ts";
import type { SourceFile } from "./source.ts";

const folder = new URL("../../../workflows/", import.meta.url);
const files: SourceFile[] = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ file: `workflows/${name}`, text: readFileSync(new URL(name, folder), "utf8") }));

describe("the workflows we ship", () => {
  const compiled = compile(files);

  test("compile without an error or a warning", () => {
    const text = new Map(files.map(({ file, text }) => [file, text]));
    const found = compiled.diagnostics.filter(({ severity }) => severity !== "info");
    expect(found.map((one) => render(one, text.get(one.file)))).toEqual([]);
    expect(compiled.content?.id).toMatch(/^[0-9a-f]{64}$/);
  });

  test("are the nurture, and one answer to each default rule", () => {
    expect(compiled.plans.map(({ workflow }) => workflow)).toEqual([
      "hot_lead_response",
      "engagement_spike_response",
      "qualification_improvement_response",
      "first_time_buyer_nurture",
      "reengagement",
    ]);
    expect(compiled.content?.rules.map(({ id }) => id)).toEqual([
      "buying_signal",
      "engagement_spike",
      "inactivity_risk",
      "qualification_improvement",
    ]);
  });
});
