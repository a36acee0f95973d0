import { expect, test } from "vitest";
import { openSurroundings, surroundingsOf } from "./surroundings.ts";

const tag = { kind: "tag" as const, id: "t1", data: { name: "VIP" } };

test("a location's links are ours, and known before the CRM was asked, also where there are none", () => {
  expect(surroundingsOf([], {})).toEqual({ links: [] });
  expect(
    surroundingsOf([], { links: { booking: "https://example.com", form: { survey: "https://example.com" } } }),
  ).toEqual({
    links: ["booking", "form.survey"],
  });
  expect(surroundingsOf([tag], {})).toEqual({ tags: ["VIP"], links: [] });
  expect(surroundingsOf([tag], undefined)).toEqual({ tags: ["VIP"] });
  expect(surroundingsOf([], undefined)).toBeUndefined();
});

test("they are the same value until the CRM or somebody has changed something", () => {
  let settings: Record<string, Record<string, string>> | undefined;
  const items = [tag];
  const around = openSurroundings(
    { get: () => (settings === undefined ? undefined : ({ settings } as never)) },
    { get: () => items },
  );
  expect(around("loc")).toEqual({ tags: ["VIP"] });
  settings = {};
  const none = around("loc");
  expect(none).toEqual({ tags: ["VIP"], links: [] });
  expect(around("loc")).toBe(none);
  settings = { links: { booking: "https://example.com" } };
  expect(around("loc")).toMatchObject({ links: ["booking"] });
});
