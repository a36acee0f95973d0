import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { alive, fitBgNbd, type Repeats, repeatsOf, still } from "./bg-nbd.ts";

const SHARED = resolve(import.meta.dirname, "../../../../shared");

describe("BG/NBD", () => {
  it("calls one alive who never came back, one who comes in its rhythm, and doubts one who stays away beyond it", () => {
    const model = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: 0 };
    expect(alive(model, { x: 0, tx: 0, T: 38.86 })).toBe(1);
    const steady = alive(model, { x: 10, tx: 37, T: 38.86 });
    const away = alive(model, { x: 10, tx: 10, T: 38.86 });
    expect(steady).toBeGreaterThan(0.9);
    expect(away).toBeLessThan(0.01);
    // the published example: two repeat purchases, the last after 30.43 of 38.86 weeks
    expect(alive(model, { x: 2, tx: 30.43, T: 38.86 })).toBeCloseTo(0.7266, 3);
  });

  it("counts the days on which a lead was active after the one on which it came, as known by then", () => {
    const acts = [0, 0.5, 3.1, 3.9, 12].map((day) => day * DAY);
    expect(repeatsOf({ came: 0, acts, until: 10.5 * DAY })).toEqual({ x: 1, tx: 3, T: 10 });
    expect(repeatsOf({ came: 0, acts: [], until: 10.5 * DAY })).toEqual({ x: 0, tx: 0, T: 10 });
  });

  it("has everybody keep still for no time, fewer the longer, and in the end those alone who are gone", () => {
    const model = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: 0 };
    const one = { x: 2, tx: 30.43, T: 38.86 };
    const chances = [0, 1, 5, 20, 100, 1e12].map((ahead) => still(model, one, ahead));
    expect(chances[0]).toBe(1);
    expect(chances.toSorted((a, b) => b - a)).toEqual(chances);
    expect(chances.at(-1)).toBeCloseTo(1 - alive(model, one), 3);
  });

  it("finds parameters that explain what it is given at least as well as those it was made of", () => {
    // gone for good after each act with .3, else an act every 5 days: no spread between the actors
    let state = 7;
    const roll = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const repeats = Array.from({ length: 800 }, (): Repeats => {
      let [x, tx, t] = [0, 0, 0];
      for (;;) {
        t += -5 * Math.log(1 - roll());
        if (t > 60) break;
        [x, tx] = [x + 1, Math.round(t)];
        if (roll() < 0.3) break;
      }
      return { x, tx, T: 60 };
    });
    const { r, alpha, a, b } = fitBgNbd(repeats);
    expect(r / alpha).toBeGreaterThan(0.18);
    expect(r / alpha).toBeLessThan(0.22);
    expect(a / (a + b)).toBeGreaterThan(0.27);
    expect(a / (a + b)).toBeLessThan(0.33);
  });

  it.skipIf(!existsSync(SHARED))("finds the published parameters of CDNOW", () => {
    const expected = JSON.parse(readFileSync(resolve(SHARED, "fixtures/bgnbd-cdnow.json"), "utf8"));
    const [, ...lines] = readFileSync(resolve(SHARED, "data/cdnow/cdnow-summary.csv"), "utf8").trim().split("\n");
    const customers = lines.map((line): Repeats => {
      const [, x, tx, T] = line.split(",").map(Number) as [number, number, number, number];
      return { x, tx, T };
    });
    expect(customers).toHaveLength(2357);
    const model = fitBgNbd(customers);
    for (const name of ["r", "alpha", "a", "b"] as const) {
      expect(Math.abs(model[name] / expected[name] - 1), name).toBeLessThan(0.005);
    }
    expect(Math.abs(model.logLikelihood - expected.ll)).toBeLessThan(0.01);
    for (const { x, tx, T, p } of expected.p_alive) expect(alive(model, { x, tx, T })).toBeCloseTo(p, 3);
  });
});
