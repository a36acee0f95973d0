// A test file, run against sources with one planted fault: PLANT names it.

import { defineConfig } from "vitest/config";
import { IN_TESTS, planting } from "./plants.ts";

const plant = IN_TESTS.find(({ name }) => name === process.env["PLANT"]);
if (plant === undefined) throw new Error("PLANT: expected the name of a fault that a test judges");

export default defineConfig({
  plugins: [planting(plant.patches)],
  test: {
    include: [plant.judge.file],
    globalSetup: plant.judge.project === "sql" ? ["test/cluster.ts"] : [],
    testTimeout: 20_000,
    hookTimeout: 180_000,
  },
});
