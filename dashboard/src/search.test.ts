import { describe, expect, test } from "vitest";
import { messagesSearch } from "./search.ts";

describe("the address of Messages", () => {
  test("opens whatever the filters can show, those that expired among them", () => {
    const said = { span: "7d", state: "expired", channel: "email", verdict: "expired", check: "hours.quiet" };
    expect(messagesSearch(said)).toEqual(said);
  });

  test("lets go what no filter shows, so that the list is what its filters say", () => {
    const odd = { span: "9d", state: "gone", channel: "pigeon", verdict: "queued", check: "", workflow: 7 };
    expect(messagesSearch(odd)).toEqual({ workflow: "7" });
  });
});
