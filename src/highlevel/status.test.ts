// What the CRM's word for a message means to us.

import { describe, expect, test } from "vitest";
import type { Message } from "./answers.ts";
import type { Reply } from "./request.ts";
import { openStatus } from "./status.ts";

const asked = (reply: Reply<Message>) =>
  openStatus({ message: async () => reply })("loc", { providerId: "m1", channel: "sms" });
const said = (status: string | null) => asked({ outcome: "done", value: { id: "m1", status } } as Reply<Message>);

describe("a message that is asked about", () => {
  test("has arrived, or failed; whatever else it is called, nothing final is known", async () => {
    expect(await said("delivered")).toEqual({ kind: "delivered" });
    expect(await said("read")).toEqual({ kind: "delivered" });
    expect(await said("undelivered")).toEqual({ kind: "failed", detail: "undelivered" });
    for (const status of ["pending", "sent", "scheduled", "", null]) expect(await said(status)).toBeUndefined();
  });

  test("is asked about another time where there was no answer", async () => {
    const busy = { outcome: "not_taken", cause: "rate", retryAt: 0, detail: "busy" } as Reply<Message>;
    expect(await asked(busy)).toBeUndefined();
  });
});
