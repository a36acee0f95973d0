import { describe, expect, test } from "vitest";
import type { Rendered, Verdict } from "../message.ts";
import { BY_TEMPLATE, formsOf, inForm, withTemplate } from "./window.ts";

const free: Rendered = {
  channel: "whatsapp",
  text: "Hello https://go.example.com/l/1",
  links: ["https://example.com"],
};
const template: Rendered = { channel: "whatsapp", text: "hello_template", workflow: "w4" };
const both = withTemplate(free, template);
const verdict = (code: string): Verdict => ({ code, ok: true, channel: "whatsapp" });

describe("a WhatsApp message in two forms", () => {
  test("stands in the form that its verdicts ask for, keeps the other within it, and comes back unchanged", () => {
    const outside = inForm(both, "whatsapp", [verdict(BY_TEMPLATE)]);
    expect(outside).toEqual({ ...template, other: free });
    expect(inForm(outside, "whatsapp", [verdict(BY_TEMPLATE)])).toBe(outside);
    expect(inForm(outside, "whatsapp", [verdict("window.ok")])).toEqual(both);
    expect(inForm(both, "whatsapp", [verdict("window.ok")])).toBe(both);
  });

  test("is left alone where there is one form, or the verdict is of another channel", () => {
    expect(inForm(free, "whatsapp", [verdict(BY_TEMPLATE)])).toBe(free);
    expect(inForm(template, "whatsapp", [verdict("window.ok")])).toBe(template);
    expect(inForm(both, "whatsapp", [{ ...verdict(BY_TEMPLATE), channel: "sms" }])).toBe(both);
  });

  test("is either for the turn, and what was chosen for the sender", () => {
    expect(formsOf(both, true)).toEqual({ free: true, template: "hello_template" });
    expect(formsOf(both, false)).toEqual({ free: true });
    const outside = inForm(both, "whatsapp", [verdict(BY_TEMPLATE)]);
    expect(formsOf(outside, true)).toEqual({ free: true, template: "hello_template" });
    expect(formsOf(outside, false)).toEqual({ free: false, template: "hello_template" });
  });
});
