// The complete files of the language's own page: they compile as they are written there.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { render } from "./diagnostic.ts";
import type { SourceFile } from "./source.ts";

const page = new URL("../../../../../shared/workflow-language.md", import.meta.url);
const beside = new URL("../../../../shared/workflow-language.md", import.meta.url);
const found = [page, beside].find((url) => existsSync(url));

/** The YAML blocks under a heading, each one document of a file. */
function filesIn(text: string): SourceFile[] {
  const part = /^## 3\.[\s\S]*?(?=^## 4\.)/m.exec(text)?.[0] ?? "";
  return part.split(/^### /m).flatMap((section, index) => {
    const blocks = [...section.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);
    return blocks.length === 0 ? [] : [{ file: `example-${index}.yaml`, text: blocks.join("\n---\n") }];
  });
}

describe.skipIf(found === undefined)("the complete files of the language's page", () => {
  const files = found === undefined ? [] : filesIn(readFileSync(found, "utf8"));
  const compiled = compile(files);

  test("compile without an error", () => {
    expect(files).toHaveLength(4);
    const texts = new Map(files.map(({ file, text }) => [file, text]));
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((one) => render(one, texts.get(one.file)))).toEqual([]);
  });

  test("are warned of teams that no settings declare, and of journeys that greet the same leads", () => {
    const warned = compiled.diagnostics.filter(({ severity }) => severity === "warning");
    expect(warned.map(({ code }) => code).sort()).toEqual([
      "double-text",
      "double-text",
      "unknown-team",
      "unknown-team",
    ]);
  });

  test("make the plans, rules and the experiment that they name", () => {
    expect(compiled.plans.map(({ workflow }) => workflow).sort()).toEqual([
      "active_buyer_journey",
      "buyer_welcome",
      "engagement_spike_response",
      "first_time_buyer_nurture",
      "form_rescue",
      "hot_lead_response",
      "investment_buyer_journey",
      "luxury_buyer_experience",
      "qualification_analysis",
      "reengagement",
      "welcome_back",
    ]);
    expect(compiled.content?.rules).toHaveLength(7);
    expect(Object.keys(compiled.content?.experiments ?? {})).toEqual(["welcome_subject"]);
  });
});
