// One document for the proxy out of HighLevel's published ones: several files, one process. Names are prefixed by
// file, shared schemas moved in, and the known faults of the documents corrected (known-deviations.ts).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEVIATIONS } from "./known-deviations.ts";

export type Version = "v3" | "v2";

/** The documents that describe what Latchkey calls. */
const RESOURCES = [
  "calendars",
  "contacts",
  "conversations",
  "locations",
  "marketplace",
  "oauth",
  "opportunities",
  "users",
  "workflows",
] as const;

// biome-ignore lint/suspicious/noExplicitAny: a JSON document of any shape, walked and rewritten
export type Json = any;

/** @param folder `openapi` of the published documents, with `v2`, `v3` and `common` below it */
export function specification(folder: string, version: Version): Json {
  const whole: Json = {
    openapi: "3.0.0",
    info: { title: `HighLevel ${version}`, version: "1" },
    paths: {},
    components: { schemas: {}, securitySchemes: {} },
  };
  const common = read(join(folder, "common", "common-schemas.json"));
  adopt(whole, "common", prefixed(common, "common"));
  for (const resource of RESOURCES) {
    const document = read(join(folder, version, version === "v3" ? `${resource}-v3.json` : `${resource}.json`));
    for (const deviation of DEVIATIONS)
      if (deviation.resource === resource && deviation.versions.includes(version)) deviation.correct(document);
    adopt(whole, resource, prefixed(document, resource));
  }
  return whole;
}

const read = (path: string): Json => JSON.parse(readFileSync(path, "utf8"));

/** References and schema names carry the name of their file; those to the shared file carry `common`. */
function prefixed(document: Json, prefix: string): Json {
  const text = JSON.stringify(document).replace(
    /"\$ref":"([^"#]*)#\/components\/schemas\/([^"]+)"/g,
    (_, file, name) => {
      return `"$ref":"#/components/schemas/${file === "" ? prefix : "common"}-${name}"`;
    },
  );
  return JSON.parse(text);
}

function adopt(whole: Json, prefix: string, document: Json) {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {}))
    whole.components.schemas[`${prefix}-${name}`] = schema;
  for (const [name, scheme] of Object.entries<Json>(document.components?.securitySchemes ?? {})) {
    // `name` and `in` belong to API keys; on `type: http` no parser accepts them
    const { name: _name, in: _in, ...http } = scheme;
    whole.components.securitySchemes[name] = scheme.type === "http" ? http : scheme;
  }
  for (const [path, operations] of Object.entries<Json>(document.paths ?? {})) {
    whole.paths[path] ??= {};
    for (const [method, operation] of Object.entries<Json>(operations)) {
      if (typeof operation !== "object") continue;
      operation.operationId = `${prefix}-${operation.operationId ?? `${method}-${path}`}`;
      operation.parameters = parameters(path, operation.parameters ?? []);
      whole.paths[path][method] = operation;
    }
  }
}

/** Several documents leave out a path's parameters, or call them optional. */
function parameters(path: string, given: Json[]): Json[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const held = given.map((parameter) => (parameter.in === "path" ? { ...parameter, required: true } : parameter));
  const missing = names.filter((name) => !held.some((parameter) => parameter.in === "path" && parameter.name === name));
  return [...held, ...missing.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }))];
}
