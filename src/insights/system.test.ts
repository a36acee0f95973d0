import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../kernel/time.ts";
import { type SystemCase, systemView } from "./system.ts";

const now = 1_000 * HOUR;
const row = {
  ...{ lastEventAt: now - MINUTE, oldestDue: null, oldestMail: null, dueLeads: 0, mail: 0, queued: 0, unconfirmed: 0 },
  ...{ notLetIn: 0, scopeMissing: 0, parkedLeads: 0, failedRuns: 0 },
};
const limits = {
  budget: { used: 0, max: 100, intervalMs: 10_000, usedToday: 0, daily: 200_000 },
  ...{ breakers: [], faults: {}, lanes: [] },
};
const system = (about: Partial<SystemCase>) =>
  systemView(row, limits, { now, real: now, speed: 1, diskBytes: undefined, ...about });
const part = (about: Partial<SystemCase>, name: string) => system(about).parts.find((one) => one.name.startsWith(name));

describe("all is well only where", () => {
  test("no background work keeps failing, and then it is named, with how often and since when", () => {
    const loop = {
      loop: "catalog" as const,
      times: 42,
      since: now - 3 * HOUR,
      last: now - MINUTE,
      reason: "Error: it answered 500",
    };
    expect(system({ failing: [loop] }).verdict).toEqual({
      level: "watch",
      text: "Background work fails: Reading tags, fields and users of the CRM, 42 times in the last hour.",
    });
    expect(part({ failing: [loop] }, "Background work: catalog")).toMatchObject({
      state: "watch",
      text: "Reading tags, fields and users of the CRM failed 42 times in the last hour, last 1m ago, since 3h ago: Error: it answered 500",
    });
    const once = { ...loop, times: 1, last: now - 20 * MINUTE };
    expect(system({ failing: [once] }).verdict.text).toBe("All is well.");
    expect(part({ failing: [] }, "Background work")).toMatchObject({ state: "good" });
  });

  test("every workflow file is right, and then it says where it is not and what runs meanwhile", () => {
    const error = { file: "hot-lead.yaml", line: 4, column: 3, severity: "error" as const, code: "c", message: "no" };
    const files = { diagnostics: [error], held: [{ file: "hot-lead.yaml", runs: true }] };
    expect(system({ files }).verdict).toEqual({
      level: "watch",
      text: "1 workflow file not right: see Workflows. hot-lead.yaml (line 4, column 3) runs as it was last good.",
    });
    expect(part({ files }, "Workflow files")?.state).toBe("watch");
    const warned = { diagnostics: [{ ...error, severity: "warning" as const }], held: [] };
    expect(system({ files: warned }).verdict.text).toBe("All is well.");
    expect(part({ files: warned }, "Workflow files")?.text).toBe("all run as they are written");
  });
});
