import { describe, expect, test } from "vitest";
import { toldTo, unfolded } from "./notices.ts";

const users = (...names: string[]) => ({ users: names.map((name) => ({ id: name.toLowerCase(), name })) });

describe("whom a notice is for", () => {
  test("is everybody where it names nobody", () => {
    expect(toldTo(users(), "Ana Ruiz")).toBe("for everybody");
  });

  test("is said by name, and the reader is you", () => {
    expect(toldTo(users("Tessa"), "Ana Ruiz")).toBe("for Tessa");
    expect(toldTo(users("Ana Ruiz"), "Ana Ruiz")).toBe("for you");
    expect(toldTo(users("Tessa", "Ana Ruiz", "Jo"), "Ana Ruiz")).toBe("for you, Tessa and Jo");
  });
});

describe("a long list", () => {
  const seven = [1, 2, 3, 4, 5, 6, 7];

  test("shows its newest five until all are asked for", () => {
    expect(unfolded(seven, false)).toEqual({ shown: [1, 2, 3, 4, 5], more: 2 });
    expect(unfolded(seven, true)).toEqual({ shown: seven, more: 0 });
  });

  test("hides no single row behind a button", () => {
    expect(unfolded(seven.slice(0, 6), false)).toEqual({ shown: [1, 2, 3, 4, 5, 6], more: 0 });
  });
});
