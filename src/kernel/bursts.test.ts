import { expect, test } from "vitest";
import { openBursts } from "./bursts.ts";

test("what is said again and again is said once, then once a minute with how often, and at once again after silence", () => {
  const told: unknown[] = [];
  const waiting: (() => void)[] = [];
  const minute = () => {
    for (const work of waiting.splice(0)) work();
  };
  const bursts = openBursts<string>(
    (what, times) => told.push([what, times]),
    (work) => void waiting.push(work),
  );
  for (let n = 0; n < 40; n++) bursts.say("turns lost", "lost");
  bursts.say("sender lost", "other");
  expect(told.splice(0)).toEqual([
    ["lost", undefined],
    ["other", undefined],
  ]);
  minute();
  expect(told.splice(0)).toEqual([["lost", 39]]);
  bursts.say("sender lost", "other");
  bursts.say("turns lost", "lost");
  expect(told.splice(0)).toEqual([["other", undefined]]);
  minute();
  expect(told.splice(0)).toEqual([["lost", 1]]);
  minute();
  expect([told, waiting]).toEqual([[], []]);
  bursts.say("turns lost", "lost");
  expect(told).toEqual([["lost", undefined]]);
});
