import { describe, expect, test } from "vitest";
import { ownSubject, ownWords } from "./reply.ts";

describe("what of an e-mail the lead wrote", () => {
  test.each([
    "<blockquote>",
    '<blockquote type="cite">',
    '<div class="gmail_quote">',
    '<div dir="ltr" class="gmail_quote gmail_quote_container">',
    '<div id="yahoo_quoted_12" class="yahoo_quoted">',
    '<div class="moz-cite-prefix">',
    '<div id="divRplyFwdMsg" dir="ltr">',
    '<div id="appendonsend"></div>',
  ])("ends where HTML quotes: %s", (mark) => {
    expect(ownWords(`<div>See you at 5</div>${mark}Reply STOP to unsubscribe</div>`)).toBe("See you at 5");
    expect(ownWords(`<p>Stop</p>${mark}We have news</div>`)).toBe("Stop");
  });

  test("goes on in HTML that quotes nothing", () => {
    expect(ownWords('<div class="note">See you<br>at 5</div>')).toBe("See you\nat 5");
  });

  test("is no subject that answers ours", () => {
    expect(ownSubject("Re: STOP")).toBe("");
    expect(ownSubject("stop")).toBe("stop");
  });
});
