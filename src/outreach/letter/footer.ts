// The foot of a marketing e-mail: where the sender can be written to, and the way out (CAN-SPAM; RFC 8058). Pure.

import { escaped } from "../../kernel/html.ts";
import type { Rendered } from "../message.ts";

export interface Foot {
  /** The team's postal address; absent where nobody has said it. */
  readonly postal?: string;
  /** Where one unsubscribes; absent where nobody outside reaches us. */
  readonly unsubscribe?: string;
}

/** An answer is read as any opt-out is: it is a way out that needs no address of ours. */
const BY_ANSWER = "To get no more of these e-mails, answer with the word unsubscribe.";

/** Adds what the text does not say itself, and what a provider that takes headers puts into them. */
export function withFoot(rendered: Rendered, { postal, unsubscribe }: Foot): Rendered {
  const said = `${rendered.text ?? ""}\n${rendered.html ?? ""}`;
  const hasWayOut = said.includes(unsubscribe ?? BY_ANSWER);
  const hasPostal = postal === undefined || flat(said).includes(flat(postal));
  const lines = [
    ...(hasPostal ? [] : [{ text: postal, html: escaped(postal).replaceAll("\n", "<br>") }]),
    ...(hasWayOut
      ? []
      : unsubscribe === undefined
        ? [{ text: BY_ANSWER, html: BY_ANSWER }]
        : [{ text: `Unsubscribe: ${unsubscribe}`, html: `<a href="${escaped(unsubscribe)}">Unsubscribe</a>` }]),
  ];
  const headers =
    unsubscribe === undefined
      ? {}
      : { headers: { "List-Unsubscribe": `<${unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" } };
  if (lines.length === 0) return { ...rendered, ...headers };
  const foot = lines.map(({ html }) => html).join("<br>\n");
  const block = `<p style="margin-top:2em;font-size:12px;line-height:1.5;color:#666">${foot}</p>`;
  const text = [rendered.text, ...lines.map((line) => line.text)].join("\n\n");
  return {
    ...rendered,
    ...headers,
    text,
    ...(rendered.html === undefined ? {} : { html: beforeEnd(rendered.html, block) }),
  };
}

/** Inside the body where a whole document was written. */
function beforeEnd(html: string, block: string): string {
  const end = html.search(/<\/body\s*>/i);
  return end < 0 ? `${html}\n${block}` : `${html.slice(0, end)}${block}\n${html.slice(end)}`;
}

const flat = (text: string): string =>
  text
    .replace(/<br>|&#39;|&amp;|[\s,]+/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
