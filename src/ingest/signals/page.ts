// The few pages that leads see of ours: plain HTML, without a script, in light and dark, on any screen.

import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import { escaped } from "../../kernel/html.ts";

const STYLE = `:root{color-scheme:light dark}
body{margin:0;font:17px/1.5 system-ui,sans-serif;color:#1c2024;background:#f6f7f8}
main{box-sizing:border-box;max-width:34rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 1.25rem}
fieldset{border:0;margin:0 0 1.5rem;padding:0}
legend{padding:0;margin:0 0 .5rem}
label{display:flex;gap:.6rem;align-items:baseline;padding:.45rem 0}
button{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;border-radius:.5rem;color:#fff;background:#1c5fb0;cursor:pointer}
button:focus-visible,input:focus-visible{outline:3px solid #7fb0f0;outline-offset:2px}
@media(prefers-color-scheme:dark){body{color:#e8eaed;background:#15181b}button{color:#10151c;background:#8ab8f5}}`;

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

/** @param body HTML whose every word from elsewhere is escaped */
export function sendPage(reply: FastifyReply, status: number, title: string, body: string): FastifyReply {
  reply.header("content-security-policy", POLICY).header("x-content-type-options", "nosniff");
  reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer").header("x-robots-tag", "noindex");
  return reply
    .code(status)
    .type("text/html; charset=utf-8")
    .send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main><h1>${escaped(title)}</h1>${body}</main></body></html>`);
}

export const noSuchPage = (reply: FastifyReply): FastifyReply =>
  sendPage(reply, 404, "This link is not complete", "<p>Please open it again from the message, or copy all of it.</p>");
