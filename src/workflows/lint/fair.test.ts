// What the linter says of fair housing: a low score that withholds service, and words about people.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { headline } from "../compile/diagnostic.ts";
import { lint } from "./lint.ts";
import { steeringIn } from "./steering.ts";
import { WORD_SOURCES, WORDS, WORDS_AS_OF } from "./steering-words.ts";

const LIBRARY = "templates:\n  hello: { sms: Hello }\n  listings: { sms: New homes }\n";

function found(text: string, codes = ["score-withholds"]): string[] {
  const files = [
    { file: "a.yaml", text },
    { file: "z.yaml", text: LIBRARY },
  ];
  const { content, diagnostics } = compile(files);
  expect(diagnostics.filter(({ severity }) => severity === "error").map(headline)).toEqual([]);
  if (content === undefined) throw new Error("there is no content");
  return lint(content, files)
    .filter(({ code }) => codes.includes(code))
    .map(({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`);
}

const flow = (more: string, steps = "[{ id: s, send: hello }]") => `workflow: w\n${more}\nsteps: ${steps}\n`;

describe("a low score changes order, never service", () => {
  test.each([
    ["exit: [{ if: { lead.score: { less_than: 0.05 } } }]", "ends this workflow"],
    ["exit: [{ if: { lead.tier: cold } }]", "ends this workflow"],
    ["exit: [{ if: { not: { lead.score: { at_least: 0.4 } } } }]", "ends this workflow"],
    ["exit: [{ if: { any: [{ lead.idle: { at_least: 30d } }, { lead.score: { at_most: 0.1 } }] } }]", "ends this"],
    ["exit: [{ if: { lead.score: { between: [0.1, 0.3] } } }]", "ends this workflow"],
    ["exit: [{ when: { score.crossed: { below: 0.2 } } }]", "ends this workflow"],
    ["pause: [{ when: { score.crossed: { below: 0.2 } }, for: 3d }]", "pauses this workflow"],
    ["enroll: { when: contact.created, if: { lead.score: { at_least: 0.1 } } }", "keeps the lead out"],
  ])("%s", (part, said) => {
    const [first, ...more] = found(flow(part));
    expect(first).toContain(`warning a low score alone ${said}`);
    expect(more).toEqual([]);
  });

  test.each([
    ["[{ id: s, if: { lead.score: { at_least: 0.3 } }, send: listings }]", "keeps this message"],
    ["[{ id: s, if: { lead.tier: [hot, warm] }, send: listings }]", "keeps this message"],
    ["[{ id: s, if: { lead.score: { less_than: 0.2 } }, end: gone }, { id: t, send: hello }]", "ends the way"],
    ["[{ id: s, if: { lead.score: { at_least: 0.3 } }, do: [{ send: hello }] }]", "keeps this message"],
    [
      "[{ id: s, choose: [{ name: Low, if: { lead.score: { less_than: 0.2 } }, do: [{ end: gone }] }], otherwise: [{ send: hello }] }]",
      "ends the way",
    ],
    [
      "[{ id: s, choose: [{ name: High, if: { lead.score: { at_least: 0.4 } }, do: [{ send: hello }] }], otherwise: [{ note: nothing }] }]",
      "keeps this message from the lead, and no other case writes",
    ],
  ])("%s", (steps, said) => {
    expect(found(flow("status: live", steps))).toEqual([expect.stringContaining(`a low score alone ${said}`)]);
  });

  test.each([
    // the lead's own silence or word, with or without the score
    ["exit: [{ if: { lead.score: { less_than: 0.1 }, lead.idle: { at_least: 30d } } }]"],
    ["exit: [{ when: opportunity.lost }, { if: { lead.opted_out: true } }]"],
    // a high score ends what is no longer needed
    ["exit: [{ if: { lead.score: { at_least: 0.7 } } }]"],
    ["exit: [{ when: { score.crossed: { above: 0.7 } } }]"],
    // more for the hot, beside what all get
    ["enroll: { when: contact.created, if: { lead.score: { at_least: 0.7 } } }"],
  ])("leaves alone: %s", (part) => {
    expect(found(flow(part))).toEqual([]);
  });

  test.each([
    ["[{ id: s, if: { lead.score: { at_least: 0.7 } }, task: Call now, to: owner }, { id: t, send: hello }]"],
    ["[{ id: s, if: { lead.score: { less_than: 0.7 } }, send: hello }]"],
    [
      "[{ id: s, choose: [{ name: High, if: { lead.score: { at_least: 0.4 } }, do: [{ send: hello }] }], otherwise: [{ send: listings }] }]",
    ],
    [
      "[{ id: s, choose: [{ name: Low, if: { lead.tier: cold }, do: [{ send: listings }, { end: written }] }], otherwise: [{ send: hello }] }]",
    ],
  ])("leaves alone: %s", (steps) => {
    expect(found(flow("status: live", steps))).toEqual([]);
  });

  test("a segment of low scores is a low score by another name", () => {
    const text = (when: string) =>
      `segments: { dull: { if: { lead.score: { less_than: 0.2 } } } }\n---\nworkflow: w\nexit: [{ when: { ${when}: { segment: dull } } }]\nsteps: [{ id: s, send: hello }]\n`;
    expect(found(text("segment.entered"))).toHaveLength(1);
    expect(found(text("segment.left"))).toEqual([]);
  });

  test("none of the workflows we ship does it", () => {
    const folder = new URL("../../../workflows/", import.meta.url);
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => ({ file: name, text: readFileSync(new URL(name, folder), "utf8") }));
    const { content } = compile(files);
    if (content === undefined) throw new Error("the shipped folder does not compile");
    const codes = new Set(["score-withholds", "steering-words", "forbidden-words"]);
    expect(
      lint(content, files)
        .filter(({ code }) => codes.has(code))
        .map(headline),
    ).toEqual([]);
  });
});

describe("words about people", () => {
  test.each([
    ["A home with no children upstairs", "forbidden", "no children"],
    ["Adults-only building", "forbidden", "Adults-only"],
    ["A Christian home", "forbidden", "Christian home"],
    ["In a Hispanic area", "forbidden", "Hispanic area"],
    ["English speakers only", "forbidden", "English speakers only"],
    ["Sorry, no Section 8", "forbidden", "no Section 8"],
    ["A family-friendly place", "review", "family-friendly"],
    ["A safe neighborhood", "review", "safe neighborhood"],
    ["A safe and quiet neighborhood", "review", "safe and quiet neighborhood"],
    ["Great schools nearby", "review", "Great schools"],
    ["Walking distance to the church", "review", "Walking distance to the church"],
    ["Near a synagogue", "review", "Near a synagogue"],
    ["Perfect for a young family", "review", "Perfect for a young family"],
    ["An exclusive community", "review", "exclusive community"],
    ["People like you live here", "review", "People like you"],
    ["Un vecindario seguro", "review", "vecindario seguro"],
  ] as const)("%s", (text, tier, words) => {
    expect(steeringIn(text).map((one) => [one.entry.tier, one.words])).toEqual([[tier, words]]);
  });

  test.each([
    ["A family room and a mother-in-law suite"],
    ["Walking distance to the bus stop, on a quiet street"],
    ["A white home with black shutters and an Italian kitchen"],
    ["Two blocks from Church Street, close to Temple, Texas"],
    ["An exclusive listing in traditional style, with mature trees"],
    ["Near the Jewish Community Center"],
    ["It has an accessible entrance and a wheelchair ramp"],
    ["The school district is Northside; its ratings are public"],
    ["Is the safe included? Save a seat for the children"],
    ["{{ contact.custom.adults_only }} <a class='family-friendly' href='https://example.com/good-schools'>see</a>"],
  ])("leaves alone: %s", (text) => {
    expect(steeringIn(text)).toEqual([]);
  });

  test("are named where they stand, with their source", () => {
    const text =
      'templates:\n  t: { email: { subject: Hi, body: "A home in a safe neighborhood" }, sms: No children }\n---\nworkflow: w\nsteps: [{ id: s, send: hello, via: email, subject: For people like you }]\n'.replace(
        "send: hello, via: email",
        "send: t, via: email",
      );
    expect(found(text, ["steering-words", "forbidden-words"])).toEqual([
      expect.stringContaining('2:49 warning "safe neighborhood" may steer.'),
      expect.stringContaining('2:76 error "No children" states a preference that fair housing law forbids.'),
      expect.stringContaining('5:52 warning "people like you" may steer.'),
    ]);
    expect(found(text, ["forbidden-words"])[0]).toContain("42 USC 3604(c)");
  });

  test("are found where they stand, however they are written, and named as they are read", () => {
    const text =
      "templates:\n  t: { sms: Sorry, n\u043e k\u0456ds here }\n---\nworkflow: w\nsteps: [{ id: s, send: t, via: sms }]\n";
    expect(found(text.replace("Sorry,", "Sorry"), ["forbidden-words"])).toEqual([
      expect.stringContaining('2:19 error "no kids", as it is read, states a preference'),
    ]);
  });

  test("are data, with a source each and a date", () => {
    expect(WORDS_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    for (const { phrases, source } of WORDS) {
      expect(phrases.length).toBeGreaterThan(0);
      expect(WORD_SOURCES[source]).toBeTruthy();
    }
  });
});
