import { describe, expect, test } from "vitest";
import type { Provider } from "../../test/provider.ts";
import type { Channel, OutgoingMessage } from "../outreach/index.ts";
import type { HighLevelOptions } from "./client.ts";

export interface Opened {
  readonly channel: Channel;
  readonly provider: Provider;
  readonly now: () => number;
  /** What the provider answers when it takes the message. */
  readonly taken: object;
}

/** What every channel promises. A channel's test is one call to this, plus its own oddities. */
export function channelContract(
  name: string,
  message: OutgoingMessage,
  open: (options?: Partial<HighLevelOptions>) => Promise<Opened>,
) {
  const send = ({ channel }: Opened) => channel.send(message, new AbortController().signal);

  describe(`the ${name} channel`, () => {
    test("gives back the provider's ids when it takes the message", async () => {
      const opened = await open();
      opened.provider.answer({ status: 200, body: opened.taken });
      expect(await send(opened)).toEqual({ result: "accepted", provider: opened.taken });
      expect(opened.provider.requests).toHaveLength(1);
    });

    test("defers, for the provider's interval, when told to slow down", async () => {
      const opened = await open();
      opened.provider.answer({
        status: 429,
        headers: { "x-ratelimit-interval-milliseconds": "7000", "x-ratelimit-daily-remaining": "5" },
      });
      expect(await send(opened)).toMatchObject({ result: "deferred", cause: "rate", retryAt: opened.now() + 7000 });
    });

    test("defers for at most an hour when the day's requests are used up", async () => {
      const opened = await open();
      opened.provider.answer({ status: 429, headers: { "x-ratelimit-daily-remaining": "0" } });
      const answer = await send(opened);
      expect(answer).toMatchObject({ result: "deferred", cause: "rate" });
      const wait = (answer as { retryAt: number }).retryAt - opened.now();
      expect(wait).toBeGreaterThan(10_000);
      expect(wait).toBeLessThanOrEqual(3_600_000);
    });

    test("defers when its token is not let in", async () => {
      const opened = await open();
      opened.provider.answer({ status: 401, body: { message: "Invalid JWT" } });
      expect(await send(opened)).toMatchObject({ result: "deferred", cause: "auth" });
    });

    test("defers when nobody listens: nothing was written", async () => {
      const opened = await open();
      await opened.provider.close();
      expect(await send(opened)).toMatchObject({ result: "deferred", cause: "unreachable", detail: "ECONNREFUSED" });
    });

    test.each([
      [400, "Cannot send message as DND is active for SMS.", "dnd"],
      [400, "The recipient has opted out", "opted_out"],
      [400, "Contact has no phone number", "no_address"],
      [400, "Invalid phone number", "bad_address"],
      [422, ["property x should not exist"], "unknown"],
      [404, "Contact not found", "gone"],
      [400, "Contact not found", "gone"],
      [400, "text.body is required", "content"],
    ] as const)("is rejected for good by %i %j: %s", async (status, text, reason) => {
      const opened = await open();
      opened.provider.answer({ status, body: { statusCode: status, message: text, traceId: "t" } });
      expect(await send(opened)).toMatchObject({ result: "rejected", reason, status });
    });

    test.each([
      [403, "Forbidden resource", "forbidden", 15 * 60_000],
      [422, "Daily SMS limit reached for the current ramp-up level.", "limit", 3_600_000],
    ] as const)(
      "waits, %i %j: nothing was taken, and no other channel is better",
      async (status, said, cause, wait) => {
        const opened = await open();
        opened.provider.answer({ status, body: { message: said } });
        expect(await send(opened)).toMatchObject({ result: "deferred", cause, retryAt: opened.now() + wait });
      },
    );

    test("is unconfirmed on a 422 that does not say what was wrong: it may have been taken", async () => {
      const opened = await open();
      opened.provider.answer({ status: 422, body: { message: "Unprocessable" } });
      expect(await send(opened)).toEqual({ result: "unconfirmed", detail: "422 Unprocessable" });
    });

    test("keeps addresses out of what it keeps of a rejection", async () => {
      const opened = await open();
      opened.provider.answer({ status: 400, body: { message: "ada@example.com and +1 (555) 555-0100 are invalid" } });
      expect(await send(opened)).toMatchObject({ detail: "(address) and (number) are invalid" });
    });

    test.each([500, 502, 503, 504, 408])("is unconfirmed on %i: it may have been taken", async (status) => {
      const opened = await open();
      opened.provider.answer({ status });
      expect(await send(opened)).toEqual({ result: "unconfirmed", detail: String(status) });
    });

    test("is unconfirmed when the connection drops after the request was written, and does not send again", async () => {
      const opened = await open();
      opened.provider.drop();
      expect(await send(opened)).toMatchObject({ result: "unconfirmed" });
      expect(opened.provider.requests).toHaveLength(1);
    });

    test("is unconfirmed when a connection used before drops", async () => {
      const opened = await open();
      opened.provider.answer({ status: 200, body: opened.taken });
      await send(opened);
      opened.provider.drop();
      expect(await send(opened)).toMatchObject({ result: "unconfirmed" });
      expect(opened.provider.requests).toHaveLength(2);
    });

    test("is unconfirmed when no answer comes in time", async () => {
      const opened = await open({ answerWithin: 300 });
      opened.provider.keepSilent();
      expect(await send(opened)).toMatchObject({ result: "unconfirmed" });
    });

    test("is unconfirmed when the answer breaks off, or is not what was agreed", async () => {
      const opened = await open();
      opened.provider.breakOff();
      expect(await send(opened)).toMatchObject({ result: "unconfirmed" });
      opened.provider.answer({ status: 200, body: { hello: "world" } });
      expect(await send(opened)).toMatchObject({ result: "unconfirmed" });
    });

    test("throws, and writes nothing, when it is aborted before", async () => {
      const opened = await open();
      await expect(opened.channel.send(message, AbortSignal.abort())).rejects.toThrow();
      expect(opened.provider.requests).toHaveLength(0);
    });

    test("stops asking after failures in a row, and says so", async () => {
      const opened = await open();
      for (let n = 0; n < 8; n++) {
        opened.provider.answer({ status: 500 });
        await send(opened);
      }
      expect(await send(opened)).toMatchObject({ result: "deferred", cause: "breaker" });
      expect(opened.provider.requests).toHaveLength(8);
    });
  });
}
