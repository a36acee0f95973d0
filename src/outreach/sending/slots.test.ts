import { describe, expect, test } from "vitest";
import { openSlots } from "./slots.ts";

/** Starts work that never ends; answers how many of them run. */
function hang(slots: ReturnType<typeof openSlots>, count: number, location: string, kind: "message" | "webhook") {
  let running = 0;
  for (let n = 0; n < count; n += 1) {
    void slots.run(location, kind, () => {
      running += 1;
      return new Promise(() => undefined);
    });
  }
  return () => running;
}

describe("places for requests", () => {
  test("are never all taken by one location whose provider hangs", () => {
    const slots = openSlots(256);
    const hung = hang(slots, 1_000, "slow", "message");
    expect(hung()).toBe(52);
    expect(slots.full("slow")).toContain("message");
    expect(slots.room("another")).toBe(68);
    expect(hang(slots, 1, "another", "message")()).toBe(1);
  });

  test("are left to a location's other dependencies when one of them hangs", () => {
    const slots = openSlots(256);
    hang(slots, 1_000, "slow", "webhook");
    expect(slots.full("slow")).toEqual(["webhook"]);
    expect(slots.room("slow")).toBeGreaterThan(0);
    expect(hang(slots, 5, "slow", "message")()).toBe(5);
  });

  test("are left over even when many locations hang", () => {
    const slots = openSlots(256);
    for (let n = 0; n < 20; n += 1) hang(slots, 100, `slow-${n}`, "message");
    expect(slots.room("another")).toBeGreaterThan(0);
    expect(hang(slots, 1, "another", "message")()).toBe(1);
  });

  test("are given again as soon as they are free, to whoever waits", async () => {
    const slots = openSlots(1);
    let end: () => void = () => undefined;
    const first = slots.run(
      "a",
      "message",
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    expect(slots.room("b")).toBe(0);
    const second = slots.run("b", "message", async () => undefined);
    end();
    await Promise.all([first, second]);
    expect(slots.room("a")).toBe(1);
  });
});
