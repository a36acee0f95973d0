import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { render } from "./diagnostic.ts";
import type { SourceFile } from "./source.ts";

const folder = new URL("../../../workflows/", import.meta.url);
const files: SourceFile[] = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ file: `workflows/${name}`, text: readFileSync(new URL(name, folder), "utf8") }));
const compiled = compile(files);

describe("the workflows we ship", () => {
  test("compile without an error or a warning", () => {
    const text = new Map(files.map(({ file, text }) => [file, text]));
    const found = compiled.diagnostics.filter(({ severity }) => severity !== "info");
    expect(found.map((one) => render(one, text.get(one.file)))).toEqual([]);
    expect(compiled.content?.id).toMatch(/^[0-9a-f]{64}$/);
  });

  test("are the journeys, the answers to the default rules, and what they start", () => {
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
      "qualification_celebration",
      "reengagement",
      "trade_alert",
      "welcome_back",
    ]);
  });

  test("come with the four default rules and the trade's eight", () => {
    expect(compiled.content?.rules.map(({ id }) => id)).toEqual([
      "buying_signal",
      "engagement_spike",
      "favorited_one",
      "five_properties_in_a_day",
      "five_visits_in_a_week",
      "form_abandoned",
      "inactivity_risk",
      "price_band_shift",
      "qualification_improvement",
      "returns_after_14_days",
      "same_property_3_times",
      "ten_properties_in_a_week",
    ]);
  });

  test("come with three experiments", () => {
    expect(Object.keys(compiled.content?.experiments ?? {}).sort()).toEqual([
      "follow_up_channel",
      "insights_hour",
      "welcome_subject",
    ]);
  });
});

describe("the table of the reference journeys", () => {
  const page = readFileSync(new URL("../../../docs/reference-journeys.md", import.meta.url), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\| ?(reference |---)/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const named = (cell: string | undefined): string[] =>
    [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

  const plans = new Map(compiled.plans.map((plan) => [plan.workflow, plan]));
  const KEYS = [
    "enroll",
    "if",
    "max_duration",
    "priority",
    "wait",
    "via",
    "templates",
    "triggers",
    "choose",
    "wait_for",
    "skip_to",
    "on_error",
    "settings",
    "caps",
  ];
  const exists = (place: string): boolean => {
    if (place.startsWith("rule:")) return compiled.content?.rules.some(({ id }) => `rule:${id}` === place) === true;
    if (place.startsWith("experiment:"))
      return compiled.content?.experiments[place.slice("experiment:".length)] !== undefined;
    const [workflow = "", ...path] = place.split("/");
    if (path.length === 0) return KEYS.includes(place);
    return plans.get(workflow)?.positions[path.join("/")] !== undefined;
  };

  test("names a place for every row, and every place exists", () => {
    expect(rows.length).toBeGreaterThan(40);
    for (const [, reference, here] of rows) {
      expect(named(here).length, reference).toBeGreaterThan(0);
      expect(
        named(here).filter((place) => !exists(place)),
        reference,
      ).toEqual([]);
    }
  });

  const reference = new URL("../../../../shared/facts/defaults.md", import.meta.url);
  test.skipIf(!existsSync(reference))("has every name of the reference templates", () => {
    const text = readFileSync(reference, "utf8");
    const part = text.slice(text.indexOf("## 2. YAML"), text.indexOf("## 3."));
    const names = new Set(part.match(/\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b/g));
    expect([...names].filter((name) => !page.includes(name))).toEqual([]);
  });
});
