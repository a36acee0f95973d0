import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readAction, withBranch } from "./action.ts";

const body = (change: { data?: object; extras?: object } = {}) => ({
  data: { workflow: "new_lead", branches: [{ id: "b1", name: "Not enrolled", fields: {} }], ...change.data },
  extras: { locationId: "loc1", contactId: "ada", workflowId: "wf1", ...change.extras },
  meta: { key: "latchkey_enroll", version: "1.0" },
});

describe("an action of a workflow of the CRM", () => {
  test("is read as documented: fields, branches, who is meant", () => {
    expect(readAction("enroll", body())).toMatchObject({
      ...{ location: "loc1", contact: "ada", workflow: "wf1", data: { workflow: "new_lead" } },
      branches: [{ id: "b1", name: "Not enrolled" }],
      execution: { exact: false },
    });
  });

  test.each([
    ["extras.locationId", body({ extras: { locationId: "a/b" } })],
    ["extras.contactId", body({ extras: { contactId: undefined } })],
    ["data.branches.0.id", body({ data: { branches: [{ name: "x" }] } })],
    ["data", { extras: {} }],
  ])("is refused with the name of a field that is wrong: %s", (field, given) => {
    try {
      readAction("enroll", given);
      throw new Error("it was taken");
    } catch (error) {
      expect((error as { errors: { field: string }[] }).errors.map((one) => one.field)).toContain(field);
    }
  });

  test("is in the documentation whole, once for each", () => {
    const docs = readFileSync(new URL("../../docs/marketplace.md", import.meta.url), "utf8");
    const found = [...docs.matchAll(/\/webhooks\/actions\/(\w+) \\\n.*\\\n\s*--data '([^']*)'/g)];
    expect(found.map(([, action]) => action)).toEqual(["enroll", "score", "channel"]);
    for (const [, action, body = ""] of found) {
      const asked = readAction(action as "enroll", JSON.parse(body));
      expect(asked).toMatchObject({ location: "LOCATION", contact: "CONTACT", execution: { exact: true } });
      expect(asked.branches.length).toBeGreaterThan(1);
    }
  });

  test("has an identity: of the execution where the CRM names it, else of what was asked of whom", () => {
    const id = (change: { data?: object; extras?: object } = {}) => readAction("enroll", body(change)).execution.id;
    expect(id()).toBe(id({ data: { branches: [] } }));
    expect(id()).not.toBe(id({ extras: { contactId: "bo" } }));
    expect(id()).not.toBe(id({ data: { workflow: "other" } }));
    expect(id()).not.toBe(readAction("score", body()).execution.id);
    const named = { extras: { statusId: "st1", stepId: "s1" } };
    expect(readAction("enroll", body(named)).execution.exact).toBe(true);
    expect(id(named)).toBe(id({ ...named, data: { workflow: "other" } }));
    expect(id(named)).not.toBe(id({ extras: { statusId: "st2", stepId: "s1" } }));
  });

  test("is answered with the branch whose name says what came of it, however it is written", () => {
    const asked = readAction("enroll", body());
    expect(withBranch({ result: "x" }, asked, ["not_enrolled"])).toEqual({ result: "x", branchId: "b1" });
    expect(withBranch({ result: "x" }, asked, ["enrolled"])).toEqual({ result: "x" });
    expect(withBranch({ result: "x" }, asked, ["sms now", "Not-Enrolled"])).toMatchObject({ branchId: "b1" });
  });
});
