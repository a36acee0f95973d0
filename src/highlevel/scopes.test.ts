import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { COMPANY_SCOPES, missingScopes, SCOPES } from "./scopes.ts";

test("docs/connecting.md lists every scope that we ask for, with what it is for, and no other", () => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/connecting.md", import.meta.url)), "utf8");
  const listed = [...page.matchAll(/^\| `([a-z-]+[./][A-Za-z/.]+)`\s*\| (.*?)\s*\|$/gm)].map(([, scope, why]) => [
    scope,
    why,
  ]);
  expect(listed).toEqual(Object.entries({ ...SCOPES, ...COMPANY_SCOPES }));
});

test("a scope that was not given is missing, unless the token names none at all", () => {
  const all = Object.keys(SCOPES);
  expect(missingScopes(all)).toEqual([]);
  expect(missingScopes(all.filter((scope) => scope !== "contacts.write"))).toEqual(["contacts.write"]);
  expect(missingScopes([])).toEqual([]);
});
