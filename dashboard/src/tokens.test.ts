import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

/** The colors of a block, by name. */
function colors(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("\n}")[0] ?? "";
  return Object.fromEntries(
    [...block.matchAll(/--([a-z0-9-]+): (#[0-9A-F]{6});/gi)].map(([, name, hex]) => [name, hex]),
  );
}

/** WCAG 2: relative luminance, and the ratio of two. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string | undefined, b: string | undefined): number {
  const [high = 0, low = 0] = [luminance(a ?? ""), luminance(b ?? "")].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ["light", ":root"],
  ["dark", ':root[data-theme="dark"]'],
])("the %s tokens", (_, selector) => {
  const token = colors(selector);
  const grounds = ["paper", "surface", "raised", "sunken", "select"];

  test("are all there", () => {
    expect(Object.keys(token).sort()).toEqual(Object.keys(colors(":root")).sort());
    expect(Object.keys(token).length).toBeGreaterThanOrEqual(30);
  });

  test("keep text at 5.04 or more on every ground", () => {
    for (const text of ["ink", "ink-2", "ink-3", "danger-text"])
      for (const ground of text === "danger-text" ? ["surface", "raised"] : grounds)
        expect(contrast(token[text], token[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(5.04);
  });

  test("keep chips readable: ink on every soft ground, accent on its own", () => {
    for (const soft of ["run-soft", "done-soft", "held-soft", "off-soft", "failed-soft", "asked-soft"])
      expect(contrast(token["ink"], token[soft]), soft).toBeGreaterThanOrEqual(7);
    expect(contrast(token["accent"], token["accent-soft"])).toBeGreaterThanOrEqual(5.05);
    expect(contrast("#FFFFFF", token["accent-solid"])).toBeGreaterThanOrEqual(5.05);
    expect(contrast(token["surface"], token["ink"])).toBeGreaterThanOrEqual(7);
  });

  test("keep marks, controls, links and the focus ring at 3.2 or more", () => {
    for (const mark of [
      "m-run",
      "m-done",
      "m-held",
      "m-off",
      "m-failed",
      "m-asked",
      "m-event",
      "control",
      "focus",
      "accent",
    ])
      for (const ground of ["surface", "paper"])
        expect(contrast(token[mark], token[ground]), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3.2);
  });
});
