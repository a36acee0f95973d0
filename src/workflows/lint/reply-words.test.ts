// Texts that ask for an answer which means something else.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { lint } from "./lint.ts";
import { takenIn } from "./reply-words.ts";

describe("a text that asks for an answer", () => {
  test.each([
    ["Reply CANCEL to cancel your tour", ["CANCEL"]],
    ["Reply YES to confirm", ["YES"]],
    ["Text START to see homes", ["START"]],
    ["reply 'yes' or call me", ["YES"]],
    ["Reply END to end the tour", ["END"]],
    ["Reply INFO to get the price list", ["INFO"]],
    ["Responda BAJA para bajar el precio", ["BAJA"]],
    ["Still looking? Reply STOP if you found a home", ["STOP"]],
  ])("%s asks for a word that is taken", (text, words) => {
    expect(takenIn(text)).toEqual(words);
  });

  test.each([
    "Reply STOP to opt out",
    "Reply STOP to unsubscribe.",
    "Reply STOP",
    "Reply STOP to end these texts",
    "Text HELP for help",
    "Reply 1 for Saturday, 2 for Sunday",
    "Reply CONFIRM to confirm",
    "Yes, I can stop by. Reply when it suits you",
    "Responda ALTO para no recibir más",
  ])("%s does not", (text) => {
    expect(takenIn(text)).toEqual([]);
  });

  test("is named by the linter with its template, and none that is shipped is", () => {
    const of = (text: string) => {
      const files = [{ file: "a.yaml", text }];
      const { content } = compile(files);
      return content === undefined ? [] : lint(content, files).filter(({ code }) => code === "taken-word");
    };
    const found = of(
      "workflow: w\nenroll: { when: contact.created }\nsteps: [{ id: s, send: a }]\n---\ntemplates:\n  a: { sms: Reply YES to confirm }\n",
    );
    expect(found).toMatchObject([{ severity: "warning", line: 6, message: expect.stringContaining("YES") }]);
    const folder = new URL("../../../workflows/", import.meta.url);
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => ({ file: name, text: readFileSync(new URL(name, folder), "utf8") }));
    const { content } = compile(files);
    expect(content === undefined ? [] : lint(content, files).filter(({ code }) => code === "taken-word")).toEqual([]);
  });
});
