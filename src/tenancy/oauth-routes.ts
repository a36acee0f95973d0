// The install, as a browser walks it: away to the CRM's page, and back with a code.

import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import type { Asking } from "./asker.ts";
import type { InstallStates } from "./install-state.ts";
import { atLeast, type Principal } from "./installation.ts";

export interface InstallDoors {
  /** @throws InvalidInput `unauthorized` */
  readonly authorize: (request: Asking) => Promise<Principal>;
  readonly states: InstallStates;
  /** The marketplace app; absent where none is configured. */
  readonly app?: InstallApp;
}

export interface InstallApp {
  /** Where a person chooses. */
  chooser(state: string): string;
  /** Takes a code for somebody, and connects what it opens. */
  accept(code: string, by: Principal): Promise<Accepted>;
}

/** What became of a code. `forbidden`: it opens what is not theirs to connect. */
export type Accepted =
  | { readonly outcome: "connected" }
  | { readonly outcome: "refused" | "unanswered" | "forbidden"; readonly detail: string };

const Back = z.object({
  code: z.string().min(1).max(2_000).optional(),
  state: z.string().min(1).max(500).optional(),
  error: z.string().optional(),
});

/** `GET /oauth/install` and `GET /oauth/callback`. */
export function oauthRoutes(app: FastifyInstance, doors: InstallDoors): void {
  app.get("/oauth/install", async (request, reply) => {
    const who = await doors.authorize(request).catch((error) => {
      if (!(request.headers.accept ?? "").includes("text/html")) throw error;
      return undefined;
    });
    if (who === undefined) return reply.redirect("/settings", 303);
    // another site sent this browser here, and would send it back with a code of its own: a person begins on our page
    const from = request.headers["sec-fetch-site"];
    if (from === "cross-site" || from === "same-site") return reply.redirect("/settings", 303);
    if (!atLeast(who, "owner")) throw new InvalidInput("Connecting an account takes the role owner.", "forbidden");
    if (doors.app === undefined)
      throw new InvalidInput("There is no app to connect with: set HIGHLEVEL_CLIENT_ID and HIGHLEVEL_CLIENT_SECRET.");
    const { state, cookie } = await doors.states.begin(who);
    return reply
      .header("set-cookie", cookie)
      .header("cache-control", "no-store")
      .redirect(doors.app.chooser(state), 303);
  });

  app.get("/oauth/callback", async (request, reply) => {
    const query = Back.safeParse(request.query);
    const back = query.success ? query.data : {};
    const who = await doors.states.finish(request.headers.cookie, back.state);
    // the address holds a code: nobody keeps it, nobody is told where we came from
    reply.headers({
      "set-cookie": doors.states.over,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
    if (who === undefined || doors.app === undefined)
      return page(reply, 403, "This connection was not begun here", [
        "It is finished only in the browser in which it was begun, within ten minutes, and once.",
        "Nothing was connected. Sign in to Latchkey, open Settings, and choose Connect.",
      ]);
    if (back.code === undefined)
      return page(reply, 400, "Nothing was connected", [
        back.error === undefined ? "The CRM sent no code." : "The CRM says that it was not allowed.",
        "Choose Connect again when you want to.",
      ]);
    const accepted = await doors.app.accept(back.code, who);
    switch (accepted.outcome) {
      case "connected":
        return reply.redirect("/settings", 303);
      case "forbidden":
        return page(reply, 403, "Nothing was connected", [accepted.detail]);
      case "refused":
        return page(reply, 400, "Nothing was connected", [
          "The CRM did not take its own code: each is good once, and not for long. Choose Connect again.",
          `It said: ${accepted.detail}`,
        ]);
      case "unanswered":
        return page(reply, 502, "Nothing was connected", [
          "The CRM did not answer. Wait a minute, and choose Connect again.",
          `What happened: ${accepted.detail}`,
        ]);
    }
  });
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(reply: FastifyReply, status: number, title: string, lines: readonly string[]): FastifyReply {
  const body = lines.map((line) => `<p>${escaped(line)}</p>`).join("");
  return reply
    .code(status)
    .headers({ "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" })
    .type("text/html; charset=utf-8")
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>${escaped(title)}</title><style>body{font:16px/1.5 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}` +
        `@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#9cf}}</style>` +
        `<h1>${escaped(title)}</h1>${body}<p><a href="/settings">Open Settings</a></p></html>`,
    );
}
