// The schema keeps the rules that make its messages readable, and cannot drift from the compiler.

import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { vocabularyOf } from "./names-in.ts";
import { NOTHING_NAMED, schemaOf } from "./schema.ts";

type Json = Record<string, unknown>;
interface Found {
  readonly path: string;
  readonly schema: Json;
}

const FOLDER = vocabularyOf(
  [
    {
      file: "a.yaml",
      text: `
templates: { welcome: { sms: Hi } }
triggers: { spike: { cooldown: 1d } }
segments: { luxury: {} }
experiments: { subject: {} }
fields: { contact.custom.budget: { type: money } }
events: { open_house.visited: {} }
settings: { teams: { buyers: [u1] }, highlevel_workflows: { call_new_buyer: x } }
---
workflow: w
group: nurture
steps: [ { id: hello, tag: { add: [Hot], remove: Cold } }, { id: not-read, if: `,
    },
    { file: "b.yaml", text: "workflow: other\nsteps: [{ id: first, tag: Warm }]" },
  ],
  {
    tags: ["Buyer"],
    users: ["u1"],
    fields: ["contact.budget_range"],
    stages: [{ pipeline: "Buyers", name: "Showing" }],
    pipelines: ["Buyers"],
  },
);

const ajvOf = () => new Ajv({ strict: false, allowUnionTypes: true });
const schemas = { "of the language": schemaOf(), "of a folder": schemaOf(FOLDER) } as Record<string, Json>;

/** Every subschema below, with the keywords on the way to it. */
function* below(schema: unknown, path = ""): Generator<Found> {
  if (typeof schema !== "object" || schema === null) return;
  if (!Array.isArray(schema)) yield { path, schema: schema as Json };
  for (const [key, value] of Object.entries(schema)) yield* below(value, `${path}/${key}`);
}

const propertiesIn = (schema: Json): Found[] =>
  [...below(schema)]
    .filter(({ path }) => !path.endsWith("/properties/properties"))
    .flatMap(({ path, schema: one }) =>
      typeof one["properties"] === "object" && !path.endsWith("/properties")
        ? Object.entries(one["properties"] as Json).map(([key, value]) => ({
            path: `${path}/${key}`,
            schema: value as Json,
          }))
        : [],
    );

describe.each(Object.keys(schemas))("the schema %s", (name) => {
  const schema = schemas[name] as Json;

  test("is a schema of draft-07", () => {
    expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
    expect(ajvOf().validateSchema(schema)).toBe(true);
  });

  test("explains every key in Markdown, with an example", () => {
    const wrong = propertiesIn(schema).filter(({ path, schema: one }) => {
      if (path.includes("/then/")) return false;
      const { about, example } = saidOf(one);
      return !about || example === null || !(keyAt(path) in example);
    });
    expect(wrong).toEqual([]);
  });

  test("has no choice between objects, where an editor would report an arbitrary one", () => {
    const choices = [...below(schema)].flatMap(({ path, schema: one }) =>
      [one["anyOf"], one["oneOf"]].filter(Array.isArray).map((branches) => ({ path, branches: branches as Json[] })),
    );
    const overObjects = choices.filter(({ branches }) =>
      branches.some((branch) => !("enum" in branch) && branch["type"] !== "string"),
    );
    expect(overObjects).toEqual([]);
    expect([...below(schema)].filter(({ schema: one }) => "oneOf" in one && !("type" in one))).toEqual([]);
  });

  test("says of every pattern in words what was expected", () => {
    const silent = [...below(schema)].filter(
      ({ path, schema: one }) =>
        typeof one["pattern"] === "string" && one["patternErrorMessage"] === undefined && !path.endsWith("/properties"),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test("carries no descriptions where it only asks", () => {
    const asked = [...below(schema)].filter(({ path, schema: one }) => path.endsWith("/allOf/0") && "if" in one);
    const texts = asked.map(({ schema: one }) => JSON.stringify(one["if"]));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text) => /escription/.test(text))).toEqual([]);
  });

  test("refers at most two hops deep, and to itself only in steps and conditions", () => {
    const definitions = schema["definitions"] as Record<string, Json>;
    const recursive = (name: string) => /^(step|condition)/.test(name);
    const refsIn = (one: unknown) =>
      [...below(one)].flatMap(({ schema: { $ref } }) => (typeof $ref === "string" ? [$ref.split("/").at(-1)!] : []));
    const hops = (from: unknown, trail: readonly string[]): number => {
      const next = [...new Set(refsIn(from))].filter((ref) => !recursive(ref));
      for (const ref of next) expect(trail).not.toContain(ref);
      return Math.max(0, ...next.map((ref) => 1 + hops(definitions[ref], [...trail, ref])));
    };
    for (const [name, one] of Object.entries(definitions)) expect(hops(one, [name])).toBeLessThanOrEqual(2);
    expect([...new Set(refsIn(schema))].every((ref) => ref in definitions)).toBe(true);
  });

  test("closes every map it knows the keys of", () => {
    const open = [...below(schema)].filter(
      ({ path, schema: one }) =>
        "properties" in one &&
        !path.endsWith("/properties") &&
        !path.includes("/then") &&
        !("additionalProperties" in one),
    );
    expect(open.map(({ path }) => path)).toEqual([]);
  });

  test("offers a snippet for every verb, the id first, which is a step once filled in", () => {
    const step = (schema["definitions"] as Record<string, Json>)["step"] as Json;
    const snippets = step["defaultSnippets"] as { label: string; body: Json }[];
    const ajv = ajvOf();
    const check = ajv.compile({ definitions: schemaOf()["definitions"], $ref: "#/definitions/step" });
    for (const { label, body } of snippets) {
      expect(Object.keys(body)[0]).toBe("id");
      const filled = JSON.parse(
        JSON.stringify(body)
          .replace(/"\$\d"/g, '{"tag":"a"}')
          .replace(/\$\{\d:((?:[^}\\]|\\\\?.)*)\}/g, "$1"),
      );
      expect(check(filled), `${label}: ${ajv.errorsText(check.errors)}`).toBe(true);
    }
  });
});

function saidOf(one: Json): { readonly about: string; readonly example: Json | null } {
  const [about = "", example = ""] = String(one["markdownDescription"] ?? "").split("\n\n```yaml\n");
  return { about, example: parse(example.replace(/\n```$/, "")) as Json | null };
}

const keyAt = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

test("every example is accepted where it stands", () => {
  const language = schemaOf() as Json;
  const keys = new Map(
    propertiesIn(language)
      .filter(({ path }) => !path.includes("/then/"))
      .map((one) => [JSON.stringify(one.schema), one]),
  );
  const named = [...keys.values()].map(({ path, schema }, index) => [`${index} ${path}`, path, schema] as const);
  const ajv = new Ajv({ strict: false, allErrors: true });
  const check = ajv.compile({
    definitions: language["definitions"],
    properties: Object.fromEntries(named.map(([name, , schema]) => [name, schema])),
  });
  check(Object.fromEntries(named.map(([name, path, schema]) => [name, saidOf(schema).example?.[keyAt(path)]])));
  expect(check.errors).toBe(null);
  expect(named.length).toBeGreaterThan(150);
});

test("a folder's own names complete, even those of a file that cannot be read yet", () => {
  expect(FOLDER).toEqual({
    ...NOTHING_NAMED,
    workflows: ["other"],
    templates: ["welcome"],
    triggers: ["spike"],
    segments: ["luxury"],
    experiments: ["subject"],
    steps: ["first"],
    fields: ["contact.custom.budget", "contact.custom.budget_range"],
    events: ["open_house.visited"],
    tags: ["Buyer", "Warm"],
    pipelines: ["Buyers"],
    stages: ["Showing"],
    people: ["team.buyers", "user.u1"],
    crmWorkflows: ["call_new_buyer"],
  });
  const text = JSON.stringify(schemaOf(FOLDER));
  for (const name of ["welcome", "luxury", "spike", "Showing", "team.buyers"]) expect(text).toContain(name);
  const check = ajvOf().compile(schemaOf(FOLDER));
  expect(check({ workflow: "w", steps: [{ send: "welcom" }] })).toBe(false);
  expect(check({ workflow: "w", steps: [{ tag: "Never seen" }] })).toBe(true);
});
