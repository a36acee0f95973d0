import { describe, expect, test } from "vitest";
import { readConfig, versionsOf, webhookKeys } from "./config.ts";

describe("the environment", () => {
  test("is complete without a single variable", () => {
    expect(readConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 3000,
      url: "http://127.0.0.1:3000",
      simulator: "auto",
    });
  });

  test("refuses a LATCHKEY_ name that does not exist, and says which do", () => {
    expect(() => readConfig({ LATCHKEY_WORKFLOW: "x" })).toThrow(
      /LATCHKEY_WORKFLOW: there is no such setting.*LATCHKEY_WORKFLOWS/s,
    );
  });

  test("names every bad value at once, with what was expected", () => {
    expect(() => readConfig({ PORT: "many", LATCHKEY_SIMULATOR: "maybe", LATCHKEY_ROLES: "web,wroker" })).toThrow(
      /PORT: .*\nLATCHKEY_ROLES: .*\nLATCHKEY_SIMULATOR: expected auto, on or off/,
    );
  });

  test("takes an empty variable for an absent one, but an empty workflow folder for none", () => {
    expect(readConfig({ DATABASE_URL: "", LATCHKEY_WORKFLOWS: "" })).toMatchObject({
      databaseUrl: undefined,
      workflowsFolder: "",
    });
  });

  test("says which versions of the CRM's API are asked for, and whether retired signatures count", () => {
    expect(versionsOf(readConfig({}))).toEqual({});
    expect(webhookKeys(readConfig({}))).toEqual({ legacy: false });
    const other = readConfig({ HIGHLEVEL_API_VERSIONS: "dated", HIGHLEVEL_LEGACY_SIGNATURES: "on" });
    expect(versionsOf(other)).toEqual({ versions: "dated" });
    expect(webhookKeys(other)).toEqual({ legacy: true });
    expect(() => readConfig({ HIGHLEVEL_API_VERSIONS: "v4" })).toThrow(/HIGHLEVEL_API_VERSIONS: expected v3 or dated/);
  });

  test("wants to know the location a token belongs to", () => {
    expect(() => readConfig({ HIGHLEVEL_TOKEN: "pit-test" })).toThrow(/HIGHLEVEL_LOCATION: expected/);
  });
});
