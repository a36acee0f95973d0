import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryStore } from "../../test/stores.ts";
import { played, scripts, storeContract } from "./store.contract.ts";

storeContract("in memory", () => memoryStore());

describe("a store in memory", () => {
  test("comes to the same end whenever it is played", async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        expect(await played(await memoryStore(), script)).toEqual(await played(await memoryStore(), script));
      }),
      { numRuns: 20 },
    );
  });
});
