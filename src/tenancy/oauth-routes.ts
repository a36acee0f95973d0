// The install, as a browser walks it: away to the CRM's page, and back with a code. A code that comes without our state
// is one that anybody can have sent this browser with: what it opens is shown, and a person says whether they meant it.

import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { escaped } from "../kernel/html.ts";
import { parse } from "../kernel/request.ts";
import { type Asking, mustBe, orNobody } from "./asker.ts";
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
  /** Takes a code and tells what it opens. Nothing is connected, and nothing is kept but in the letter. */
  look(code: string, by: Principal): Promise<Asked | NotTaken>;
  /** Connects what `look` told this person, once and within ten minutes. `over`: not theirs, altered, used or late. */
  confirm(letter: string, by: Principal): Promise<Accepted | { readonly outcome: "over" }>;
}

/** `forbidden`: it opens what is not theirs to connect. */
export interface NotTaken {
  readonly outcome: "refused" | "unanswered" | "forbidden";
  readonly detail: string;
}

/** What became of a code. */
export type Accepted = { readonly outcome: "connected" } | NotTaken;

/** What a person is asked about. */
export interface Asked {
  readonly outcome: "asked";
  readonly opens:
    | { readonly of: "account"; readonly id: string; readonly name?: string; readonly known: boolean }
    | {
        readonly of: "company";
        readonly id: string;
        readonly accounts: readonly { readonly id: string; readonly name?: string }[];
        /** Accounts besides those. */
        readonly more: number;
      };
  /** Sealed, for this person: what `confirm` takes. */
  readonly letter: string;
}

const Back = z.object({
  code: z.string().min(1).max(2_000).optional(),
  state: z.string().min(1).max(500).optional(),
  error: z.string().optional(),
});
/** Two tokens of the CRM's and their scopes, sealed; no list that grows with a company. */
const LETTER = 64 * 1024;
const Confirmed = z.object({ letter: z.string().min(1).max(LETTER) });

const REFUSED = 'Nothing was connected. Sign in to Latchkey, open Settings, and choose "Connect".';

/** `GET /oauth/install`, `GET /oauth/callback` and `POST /oauth/confirm`. */
export async function oauthRoutes(app: FastifyInstance, doors: InstallDoors): Promise<void> {
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
    const { state, cookie } = await doors.states.begin(who);
    return reply
      .header("set-cookie", cookie)
      .header("cache-control", "no-store")
      .redirect(appOf(doors).chooser(state), 303);
  });

  app.get("/oauth/callback", async (request, reply) => {
    const query = Back.safeParse(request.query);
    const back = query.success ? query.data : {};
    // the address holds a code: nobody keeps it, and no other site is told where we came from; our own is, for with
    // no-referrer the form of this page would come from nowhere
    reply.headers({ "set-cookie": doors.states.over, "cache-control": "no-store", "referrer-policy": "same-origin" });
    if (back.state === undefined) return ask(doors, request, reply, back);
    const who = await doors.states.finish(request.headers.cookie, back.state);
    if (who === undefined || doors.app === undefined)
      return page(reply, 403, "This connection was not begun here", [
        "It is finished only in the browser in which it was begun, within ten minutes, and once.",
        REFUSED,
      ]);
    if (back.code === undefined) return noCode(reply, back.error);
    return told(reply, await doors.app.accept(back.code, who));
  });

  await app.register(async (scope) => {
    const form = { parseAs: "string", bodyLimit: LETTER } as const;
    scope.addContentTypeParser("application/x-www-form-urlencoded", form, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.post("/oauth/confirm", { bodyLimit: LETTER }, async (request, reply) => {
      const who = mustBe(await doors.authorize(request), "owner");
      const { letter } = parse(Confirmed, request.body);
      const accepted = await appOf(doors).confirm(letter, who);
      reply.header("cache-control", "no-store");
      if (accepted.outcome !== "over") return told(reply, accepted);
      return page(reply, 403, "Nothing was connected", [
        "What was asked is answered by the person who was asked, within ten minutes, and once.",
        'Open Settings, and choose "Connect".',
      ]);
    });
  });
}

/** @throws InvalidInput where there is none */
function appOf({ app }: InstallDoors): InstallApp {
  if (app !== undefined) return app;
  throw new InvalidInput("There is no app to connect with: set HIGHLEVEL_CLIENT_ID and HIGHLEVEL_CLIENT_SECRET.");
}

/** A code without our state: begun on the CRM's own pages, or by somebody who wants his account connected here. */
async function ask(
  doors: InstallDoors,
  request: Asking,
  reply: FastifyReply,
  { code, error }: z.infer<typeof Back>,
): Promise<FastifyReply> {
  if (code === undefined) return noCode(reply, error);
  const who = await orNobody(doors.authorize(request));
  if (who === undefined || !atLeast(who, "owner") || doors.app === undefined)
    return page(reply, 403, "An owner is asked first", [
      "The CRM sent this browser with a code for an account. Whether it is connected is for an owner to say, and none is signed in here.",
      REFUSED,
    ]);
  const asked = await doors.app.look(code, who);
  if (asked.outcome !== "asked") return told(reply, asked);
  const { opens, letter } = asked;
  const named = ({ id, name }: { readonly id: string; readonly name?: string }) =>
    name === undefined ? id : `${name} (${id})`;
  const lines =
    opens.of === "account"
      ? [
          `Account: ${named(opens)}`,
          opens.known
            ? "Latchkey works for it already: its connection would be renewed."
            : "Latchkey does not work for it yet.",
        ]
      : [
          `Company: ${opens.id}`,
          `Its accounts in which the app is installed: ${opens.accounts.map(named).join(", ") || "none yet"}${opens.more > 0 ? ` and ${opens.more} more` : ""}. Accounts in which it is installed later come by themselves.`,
        ];
  return page(
    reply,
    200,
    `Connect this ${opens.of}?`,
    [
      ...lines,
      "Once connected, its leads come into this Latchkey, and the published workflows write to them in its name.",
      `This was not begun in Latchkey. If you did not just install the app in the CRM, somebody else sent you here: close this page, and nothing is connected.`,
    ],
    `<form method="post" action="/oauth/confirm"><input type="hidden" name="letter" value="${escaped(letter)}"><button>Connect</button></form>`,
  );
}

const noCode = (reply: FastifyReply, error: string | undefined): FastifyReply =>
  page(reply, 400, "Nothing was connected", [
    error === undefined ? "The CRM sent no code." : "The CRM says that it was not allowed.",
    "Choose Connect again when you want to.",
  ]);

function told(reply: FastifyReply, accepted: Accepted): FastifyReply {
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
}

/** @param form of ours, as it is */
function page(reply: FastifyReply, status: number, title: string, lines: readonly string[], form = ""): FastifyReply {
  const body = lines.map((line) => `<p>${escaped(line)}</p>`).join("");
  return reply
    .code(status)
    .headers({
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    })
    .type("text/html; charset=utf-8")
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>${escaped(title)}</title><style>body{font:16px/1.5 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}` +
        `button{font:inherit;padding:.4rem 1rem}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#9cf}}</style>` +
        `<h1>${escaped(title)}</h1>${body}${form}<p><a href="/settings">Open Settings</a></p></html>`,
    );
}
