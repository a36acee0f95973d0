import { describe, expect, test } from "vitest";
import { standing } from "./rows.tsx";

const rows = (...ids: string[]) => ids.map((id) => ({ id, text: `${id} then` }));
const now = (...ids: string[]) => ids.map((id) => ({ id, text: `${id} now` }));

describe("a list that is being read", () => {
  test("keeps its rows and counts what waits above them", () => {
    const { shown, waiting } = standing(rows("b", "a"), now("d", "c", "b", "a"));
    expect(shown).toEqual(now("b", "a"));
    expect(waiting).toBe(2);
  });

  test("keeps what newer things have pushed out of memory", () => {
    const { shown, waiting } = standing(rows("b", "a"), now("e", "d", "c"));
    expect(shown).toEqual(rows("b", "a"));
    expect(waiting).toBe(3);
  });

  test("takes older pages in below, and rows that came late between", () => {
    const { shown, waiting } = standing(rows("d", "b"), now("d", "c", "b", "a"));
    expect(shown.map((row) => row.id)).toEqual(["d", "b", "a"]);
    expect(waiting).toBe(1);
  });

  test("shows at once what comes to an empty one", () => {
    expect(standing([], now("a"))).toEqual({ shown: now("a"), waiting: 0 });
  });
});
