import { expect, test } from "vitest";
import { virtualClock } from "../database/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import { MINUTE } from "../kernel/time.ts";
import { asked } from "./crm.ts";

test("who waits for the CRM stops when told, and hears why", async () => {
  const clock = virtualClock(0);
  const ending = new AbortController();
  const busy = async () => {
    setImmediate(() => ending.abort(new Unavailable("Latchkey is ending.")));
    return { outcome: "not_taken", cause: "rate", retryAt: clock.real() + MINUTE, detail: "429" } as const;
  };
  await expect(asked(clock, 5 * MINUTE, busy, ending.signal)).rejects.toThrow("Latchkey is ending.");
});
