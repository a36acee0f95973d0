import { describe, expect, test } from "vitest";
import { whoseIs } from "./whose.ts";

describe("whose a letter is, before it is read", () => {
  const words = (data: Record<string, string>) =>
    whoseIs({ type: "message.received", data: { text: "STOP", ...data } });

  test("is told by the number or the address it came from, as leads are looked up", () => {
    expect(words({ channel: "sms", from: "(617) 555-0100" })).toEqual({ phone: "+16175550100" });
    expect(words({ channel: "whatsapp", from: "+44 20 7946 0000" })).toEqual({ phone: "+442079460000" });
    expect(words({ channel: "email", from: " Ada@Example.com" })).toEqual({ email: "ada@example.com" });
  });

  test("is told by nothing where they came from no number: a page's chat, a social network, a webhook that leaves it out", () => {
    expect(words({ channel: "sms" })).toEqual({ unplaced: "phone" });
    expect(words({ channel: "ig", from: "17841400000000000" })).toEqual({ unplaced: "phone" });
    expect(words({ channel: "fb", from: "16175550100" })).toEqual({ unplaced: "phone" });
    expect(words({ channel: "live_chat", from: "visitor-7" })).toEqual({ unplaced: "phone" });
    expect(words({ channel: "email" })).toEqual({ unplaced: "email" });
  });

  test("is told by what the CRM says of a contact; one without either says nothing", () => {
    const contact = (said: Record<string, string>) => whoseIs({ type: "crm.contact", data: { contact: said } });
    expect(contact({ phone: "617.555.0100", email: "Ada@example.com" })).toEqual({
      phone: "+16175550100",
      email: "ada@example.com",
    });
    expect(contact({ firstName: "Ada", email: "" })).toEqual({});
    expect(whoseIs({ type: "crm.contact", data: { contact: null } })).toEqual({});
  });

  test("of a form either would tell, of a call the number, where words are in it; of what has no words nothing is asked", () => {
    expect(whoseIs({ type: "form.submitted", data: {} })).toEqual({ unplaced: "any" });
    expect(whoseIs({ type: "crm.call", data: { transcript: "human: stop" } })).toEqual({ unplaced: "phone" });
    expect(whoseIs({ type: "call.ended", data: { seconds: 3 } })).toEqual({});
    expect(whoseIs({ type: "website_visit", data: { from: "+16175550100" } })).toEqual({});
  });
});
