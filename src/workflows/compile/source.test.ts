import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { headline } from "./diagnostic.ts";

const told = (text: string): string[] => compile([{ file: "a.yaml", text }]).diagnostics.map(headline);
describe("hostile YAML", () => {
  test("a bomb of aliases is refused after a hundred", () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(", ")}]`,
    );
    const found = told(["a0: &a0 boom", ...levels].join("\n"));
    expect(found.join("\n")).toContain("error too-many-aliases more than 100 aliases are followed in this document.");
    expect(found.length).toBeLessThan(20);
  });

  test("an alias to what contains it is refused", () => {
    expect(told("a: &a [ *a ]").join("\n")).toMatch(/error (too-deep|too-many-aliases|bad-yaml)/);
  });

  test("ten megabytes are not read", () => {
    const found = told(`about: ${"x".repeat(10_000_000)}`);
    expect(found).toEqual(["a.yaml:1:1 error too-large the file has 10000007 characters; at most 1 MB is read."]);
  });

  test.each([
    ["brackets", "[".repeat(400_000)],
    ["braces", "{a: ".repeat(200_000)],
    ["dashes", "- ".repeat(400_000)],
    ["question marks", "? ".repeat(400_000)],
    ["indentation", Array.from({ length: 1_300 }, (_, n) => `${" ".repeat(n)}a:`).join("\n")],
    ["quoted brackets", `about: "${"[".repeat(400_000)}"`],
  ])("%s without end are refused", (_, text) => {
    expect(told(text)[0]).toMatch(/error (too-deep|bad-yaml)/);
  });

  test("a tab that indents is told as such", () => {
    expect(told("workflow: w\nsteps:\n\t- { id: a, tag: b }")[0]).toBe(
      "a.yaml:3:1 error bad-yaml a tab cannot indent in YAML. Use spaces.",
    );
  });

  test("names of the prototype are names like any other", () => {
    const text = [
      "workflow: w",
      "__proto__: { status: live }",
      "steps:",
      "  - { id: constructor, tag: a }",
      "  - { id: b, tag: c, if: { constructor.name: x, step.constructor.ran: true } }",
      "---",
      "templates: { __proto__: { sms: Hi }, toString: { sms: Hi }, constructor: { sms: Hi } }",
      "events: { __proto__: { properties: { __proto__: text } } }",
      "---",
      "templates: { t: { sms: 'Hi {{ constructor }} {{ toString }} {{ contact.__proto__ }}' } }",
    ].join("\n");
    const found = told(text);
    expect(found).toContain('a.yaml:2:1 error unknown-key "__proto__" is not a key of a workflow.');
    expect(found).toContain(
      'a.yaml:5:28 error unknown-subject there is no "constructor.name". Did you mean "contact.name"?',
    );
    expect(found.some((one) => one.startsWith("a.yaml:7:14 error bad-id"))).toBe(true);
    expect(found).toContain('a.yaml:10:31 error unknown-field "constructor" is not a field.');
    expect(({} as { status?: string }).status).toBeUndefined();
  });

  test.each([
    ["tags", "workflow: !!str w", "yaml-tag"],
    ["directives", "%YAML 1.1\n---\nworkflow: w", "yaml-directive"],
    ["lists as keys", "? [a]\n: b", "bad-key"],
    ["numbers without end", "templates: { t: { sms: .inf } }", "bad-value"],
    ["text that ends nowhere", 'about: "x', "bad-yaml"],
    ["a list of documents", "- a", "expected-map"],
    ["steps by alias", "workflow: w\nsteps: [ &s { id: a, tag: b }, *s ]", "alias-step"],
  ])("%s are refused by name", (_, text, code) => {
    expect(told(text).join("\n")).toContain(`error ${code} `);
  });

  test("errors without end are told up to a thousand, and nothing looks further", () => {
    expect(told(`workflow: w\nsteps:\n${"  - { snd: a }\n".repeat(20_000)}`)).toHaveLength(1_000);
    expect(told(`a: [${",".repeat(5_000)}]`)).toHaveLength(1_000);
  });

  test("documents without end are counted, not compiled", () => {
    expect(told("---\na: b\n".repeat(20_000))).toEqual([
      "a.yaml:1:1 error too-many-documents a file holds at most 1000 documents.",
    ]);
  });

  test("a word without end is shown in part, and has no neighbors", () => {
    const [found] = told(
      `templates: { t: { sms: Hi } }\n---\nworkflow: w\nsteps: [ { id: x, send: ${"t".repeat(100_000)} } ]`,
    );
    expect(found).toMatch(/^a\.yaml:4:25 error unknown-template there is no template "t{400}/);
    expect(found?.length).toBeLessThan(600);
  });

  test.each([
    ["NUL", '"a\\0b"'],
    ["half a character", '"a\\uD800b"'],
    ["a byte that is not UTF-8", Buffer.from([0x22, 0xe9, 0x22]).toString("utf8")],
  ])("%s in a text is refused: no database keeps it", (_, text) => {
    expect(told(`workflow: w\nsteps: [ { note: ${text} } ]`)).toEqual([
      "a.yaml:2:18 error bad-text this text has a character that is none: NUL, half of a pair, or bytes that are not UTF-8.",
    ]);
  });

  test("an id may be a word that every object has", () => {
    const one = (id: string) => `
workflow: ${id}
group: ${id}_group
vars: { ${id}: { type: text } }
inputs: { ${id}: { type: text, default: a } }
outputs: { ${id}: { type: text } }
moved: { was: ${id} }
steps:
  - id: ${id}
    test: ${id}
    step: { send: ${id}, with: { ${id}: x } }
    variants: { ${id}: {}, other: { via: sms } }
  - { id: p, parallel: { ${id}: [ { set: { vars.${id}: { fact: inputs.${id} } } } ], b: [ { assign: team.${id} } ] } }
  - { emit: ${id}.happened, with: { ${id}.id: x }, if: { segment: ${id}, step.${id}.variant: ${id} } }
  - { id: h, webhook: https://hooks.example.com/x, headers: { ${id}: x }, body: { ${id}: x }, save: { vars.${id}: ${id} } }
  - { end: done, outputs: { ${id}: vars.${id} } }
---
templates: { ${id}: { sms: "Hi {{ vars.${id} }}" } }
segments: { ${id}: { if: { contact.custom.${id}: x } } }
fields: { contact.custom.${id}: { type: text } }
events: { ${id}.happened: { properties: { ${id}.id: text } } }
experiments: { ${id}: { variants: { ${id}: 50, other: 50 }, control: ${id}, metric: { when: message.replied, of: ${id}, within: 7d } } }
triggers: { ${id}: { when: { behavior.${id}.happened: { within: 1d } }, cooldown: 1d, do: [ { id: ${id}, tag: a } ] } }
settings: { teams: { ${id}: [u1] }, highlevel_workflows: { ${id}: x } }
`;
    const [odd, plain] = ["constructor", "substructor"].map((id) => compile([{ file: "a.yaml", text: one(id) }]));
    expect(odd?.diagnostics.map(headline)).toEqual([]);
    const said = JSON.stringify(odd?.plans[0]?.lists).replaceAll("constructor", "substructor");
    expect(said).toBe(JSON.stringify(plain?.plans[0]?.lists));
  });

  test.each([
    ["a template", "templates: { __proto__: { sms: Hi } }"],
    ["a segment", "segments: { __proto__: { if: { lead.tier: hot } } }"],
    ["an experiment", "experiments: { __proto__: {} }"],
    ["a rule", "triggers: { __proto__: {} }"],
    ["a field", "fields: { __proto__: { type: text } }"],
    ["an event", "events: { __proto__: {} }"],
    ["a team", "settings: { teams: { __proto__: [u1] } }"],
    ["a CRM workflow", "settings: { highlevel_workflows: { __proto__: x } }"],
    ["a var", "workflow: w\nvars: { __proto__: { type: text } }\nsteps: [ { tag: a } ]"],
    ["an input", "workflow: w\ninputs: { __proto__: { type: text } }\nsteps: [ { tag: a } ]"],
    ["a step", "workflow: w\nsteps: [ { id: __proto__, tag: a } ]"],
    ["a branch", "workflow: w\nsteps: [ { id: p, parallel: { __proto__: [ { tag: a } ], b: [ { tag: a } ] } } ]"],
    ["a header", "workflow: w\nsteps: [ { webhook: https://hooks.example.com, headers: { __proto__: x } } ]"],
    [
      "a member of a body",
      "workflow: w\nsteps: [ { webhook: https://hooks.example.com, body: { a: { __proto__: x } } } ]",
    ],
    [
      "a value for a template",
      "workflow: w\nsteps: [ { id: s, send: t, with: { __proto__: x } } ]\n---\ntemplates: { t: { sms: Hi } }",
    ],
  ])("%s cannot be called __proto__", (_, text) => {
    expect(told(text).join("\n")).toContain("error bad-id ");
  });

  test("an empty file, or one of comments, is nothing", () => {
    expect(told("")).toEqual([]);
    expect(told("# nothing yet\n---\n")).toEqual([]);
  });
});

describe("hostile texts and patterns", () => {
  const text = (written: string) => told(`templates: { t: { sms: '${written}' } }`);

  test.each([
    ["a range", "{% for i in (1..1000000000) %}x{% endfor %}", "1:25", 1_000_000_000],
    ["a range in an output", '{{ (1..1000000000) | join: "" }}', "1:28", 1_000_000_000],
    [
      "loops in loops",
      "{% for i in (1..1000) %}{%- for j in (1..1000) -%}x{% endfor %}{% endfor %}",
      "1:49",
      1_000_000,
    ],
    ["a table", "{% tablerow i in (1..20000) %}x{% endtablerow %}", "1:25", 20_000],
  ])("%s that goes round for ever", (_, written, at, passes) => {
    expect(text(written)).toEqual([
      `a.yaml:${at} error too-many-passes this goes round ${passes} times; a text may at most 10000.`,
    ]);
  });

  test("loops one after another are no loops in loops", () => {
    const loop = "{% for i in (1..5000) %}x{% endfor %}";
    expect(text(loop.repeat(3))).toEqual([]);
  });

  test.each([
    ["a text longer than any is rendered", "x".repeat(60_001), "too-long"],
    ["more fields than anybody fills", "{{ a }}".repeat(1_001), "too-many-fields"],
    [
      "more names than anybody has",
      Array.from({ length: 201 }, (_, n) => `{{ event.a${n} }}`).join(""),
      "too-many-fields",
    ],
    ["a file of the server", '{% include "/etc/passwd" %}', "bad-template"],
    ["a filter that is none", "{{ contact.name | exec }}", "bad-template"],
    ["chance", "{{ contact.name | sample }}", "bad-template"],
  ])("%s", (_, written, code) => {
    expect(text(written).map((one) => one.split(" ")[2])).toEqual([code]);
  });

  test("brackets of a regular expression in a name are a name", () => {
    expect(text('{{ contact["a(b"] }}')).toEqual([
      'a.yaml:1:24 error unknown-field "contact.a(b" is not a field. Did you mean "contact.id"?',
    ]);
  });

  const pattern = (written: string) =>
    told(`workflow: w\nsteps: [ { tag: a, if: { contact.city: { matches: "${written}" } } } ]`);

  test.each([
    ["repeats of repeats", "((a{1000}){1000}){1000}"],
    ["more than can be read", "(a|b)*".repeat(10_000)],
    ["more steps than a match may take", "x{1000}".repeat(60)],
    ["brackets without end", "(".repeat(400)],
    ["a look ahead", "(?=a)b"],
    ["a reference back", "(a)\\\\1"],
  ])("a pattern of %s", (_, written) => {
    const found = pattern(written);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^a\.yaml:2:51 error bad-pattern this is not a pattern of RE2: /);
  });

  test("what takes others for ever is linear here", () => {
    expect(pattern("^(a+)+$")).toEqual([]);
  });

  test("conditions and lists are of a size that somebody wrote", () => {
    const many = (count: number, make: (n: number) => string) =>
      Array.from({ length: count }, (_, n) => make(n)).join(", ");
    const step = (condition: string) =>
      told(`workflow: w\nsteps: [ { tag: a, if: ${condition} } ]`).map((one) => one.split(" ")[2]);
    expect(step(`{ any: [ ${many(101, (n) => `{ contact.city: a${n} }`)} ] }`)).toEqual(["too-many-conditions"]);
    expect(step(`{ contact.city: [ ${many(1_001, (n) => `a${n}`)} ] }`)).toEqual(["too-many-values"]);
  });
});
