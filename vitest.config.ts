import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Until something is so that is waited for: a busy machine is no fault of the code's. */
const patient = { poll: { timeout: 60_000 } };
/** They end what hangs, and judge nobody's speed: properties and their databases take a minute on a machine that is busy with others. */
const BOUNDED = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // they wait more than they work: the second of two cores is not left idle
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // rooms keep no state but what they have reckoned once, of zones and numbers, so files of a worker may share them: half of
    // the time went into reading them anew
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "simulator/**/*.test.ts",
            "dashboard/**/*.test.ts",
            "workflows/**/*.test.ts",
            "bench/**/*.test.ts",
            "test/house.test.ts",
            "test/storm/plants.test.ts",
          ],
          exclude: ["**/*.sql.test.ts", "**/*.bars.test.ts", "**/node_modules/**"],
          ...BOUNDED,
          expect: patient,
          isolate: false,
        },
      },
      {
        test: {
          // what is measured on the public sets beside the repository, skipped where they are missing, and on the town
          name: "bars",
          include: ["src/**/*.bars.test.ts", "test/**/*.bars.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "sql",
          include: ["src/**/*.sql.test.ts", "test/**/*.sql.test.ts"],
          globalSetup: ["test/cluster.ts"],
          ...BOUNDED,
          expect: patient,
          isolate: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/**/*.e2e.test.ts"],
          globalSetup: ["test/built.ts", "test/cluster.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: patient,
        },
      },
      {
        test: {
          name: "fresh",
          include: ["test/fresh.fresh.test.ts"],
          testTimeout: 1_200_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "storm",
          include: ["test/**/*.storm.test.ts"],
          globalSetup: ["test/built.ts", "test/cluster.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "chaos",
          include: ["test/**/*.chaos.test.ts"],
          globalSetup: ["test/cluster.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
