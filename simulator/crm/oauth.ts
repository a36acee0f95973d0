// The app's door: the page on which a person chooses, the token endpoint, where the app is installed, and its removal. Answers
// can be lost on request, after what they tell of has been done.

import type { IncomingMessage } from "node:http";
import { type Answered, failure, ok } from "./operation.ts";
import { bearer } from "./server.ts";
import type { Choice, Holder, Tokens } from "./tokens.ts";
import type { Webhooks } from "./webhooks.ts";

const INSTALLATIONS = /^\/marketplace\/app\/([^/]+)\/installations$/;
const VERSIONS: readonly string[] = ["v3", "2021-07-28"];

type Page = Answered & { readonly headers?: Record<string, string> };

export interface OAuthPages {
  /** `undefined`: the path is not ours; `lost`: done, and the connection breaks. */
  serve(
    request: IncomingMessage,
    pathname: string,
    query: URLSearchParams,
    body: Buffer,
  ): Promise<Page | "lost" | undefined>;
  /** What the next person chooses; what is left out is the first location, with all that was asked for. */
  choose(choice: Partial<Choice>): void;
  /** The app goes, with its webhook, whose id is answered: of a location, or of the company. */
  remove(from: Holder): string;
  /** How many of the next answers about tokens and removals are lost; where `location` is said, of its own alone. */
  lose(answers: number, location?: string): void;
  /** Requests about tokens and removals stand before they act, or before they are answered, until this is left out. */
  hold(where: "before" | "after" | undefined): void;
  /** How many stand. */
  readonly held: () => number;
  /** Members that tokens are answered with instead; null: without. */
  answerWith(odd: Readonly<Record<string, unknown>>): void;
}

export function openOAuthPages(
  tokens: Tokens,
  otherwise: Omit<Choice, "scope">,
  webhooks: Pick<Webhooks, "emit">,
): OAuthPages {
  let choice: Partial<Choice> = {};
  let odd: Readonly<Record<string, unknown>> = {};
  let holding:
    | { readonly where: "before" | "after"; readonly over: Promise<void>; readonly end: () => void }
    | undefined;
  let held = 0;
  /** Who has gone meanwhile is not heard. */
  const stand = async (request: IncomingMessage, where: "before" | "after"): Promise<boolean> => {
    if (holding?.where === where) {
      held += 1;
      await holding.over;
      held -= 1;
    }
    return !request.socket.destroyed;
  };
  let losing: { answers: number; readonly location?: string | undefined } = { answers: 0 };

  const chosen = (query: URLSearchParams): Page => {
    const redirect = query.get("redirect_uri");
    if (query.get("client_id") !== tokens.clientId || query.get("response_type") !== "code" || redirect === null)
      return failure(400, "Invalid client: client is invalid");
    const back = new URL(redirect);
    back.searchParams.set("code", tokens.grant({ ...otherwise, scope: query.get("scope") ?? "", ...choice }));
    const state = query.get("state");
    if (state !== null) back.searchParams.set("state", state);
    return { status: 302, body: {}, headers: { location: back.href } };
  };

  const token = (request: IncomingMessage, pathname: string, body: Buffer): Page => {
    const form = formOf(request, body);
    if (form === undefined) return failure(400, "Unreadable body");
    return pathname === "/oauth/token"
      ? tokens.exchange(form, Date.now())
      : tokens.locationToken(bearer(request), form, Date.now());
  };

  const remove = (from: Holder): string => {
    tokens.remove(from);
    const about =
      "company" in from ? { locationId: undefined, companyId: from.company } : { locationId: from.location };
    return webhooks.emit({ type: "UNINSTALL", ...about });
  };

  const loses = (location: string | undefined): boolean => {
    if (losing.answers === 0 || (losing.location ?? location) !== location) return false;
    losing.answers -= 1;
    return true;
  };

  const leave = (request: IncomingMessage, app: string, body: Buffer): Page | "lost" => {
    if (!VERSIONS.includes(String(request.headers["version"]))) return failure(400, "version header is invalid");
    const asked = formOf(request, body);
    if (asked === undefined) return failure(400, "Unreadable body");
    const named = { app, location: asked.get("locationId"), company: asked.get("companyId") };
    const leaving = tokens.leaving(bearer(request), named, Date.now());
    if ("status" in leaving) return leaving;
    remove(leaving.from);
    return loses("location" in leaving.from ? leaving.from.location : undefined) ? "lost" : ok({ success: true });
  };

  return {
    remove,
    async serve(request, pathname, query, body) {
      switch (`${request.method} ${pathname}`) {
        case "GET /v2/oauth/chooselocation":
          return chosen(query);
        case "GET /oauth/installedLocations":
        case "GET /oauth/installed-locations":
          return tokens.installedLocations(bearer(request), query, Date.now());
        case "POST /oauth/token":
        case "POST /oauth/locationToken":
        case "POST /oauth/location-token": {
          if (!(await stand(request, "before"))) return "lost";
          const answer = token(request, pathname, body);
          const { locationId } = answer.body as { locationId?: string };
          const isLost = loses(locationId);
          await stand(request, "after");
          return isLost ? "lost" : answer.status < 300 ? ok({ ...(answer.body as object), ...odd }) : answer;
        }
        default: {
          const app = request.method === "DELETE" ? INSTALLATIONS.exec(pathname)?.[1] : undefined;
          if (app !== undefined) return (await stand(request, "before")) ? leave(request, app, body) : "lost";
          return pathname.startsWith("/oauth/") ? failure(404, `Cannot ${request.method} ${pathname}`) : undefined;
        }
      }
    },
    hold(where) {
      holding?.end();
      let end: () => void = () => undefined;
      const over = new Promise<void>((resolve) => {
        end = resolve;
      });
      holding = where === undefined ? undefined : { where, over, end };
    },
    held: () => held,
    answerWith(next) {
      odd = next;
    },
    choose(next) {
      choice = next;
    },
    lose(answers, location) {
      losing = { answers, location };
    },
  };
}

function formOf(request: IncomingMessage, body: Buffer): URLSearchParams | undefined {
  if (!String(request.headers["content-type"]).includes("json")) return new URLSearchParams(body.toString());
  try {
    return new URLSearchParams(JSON.parse(body.toString()) as Record<string, string>);
  } catch {
    return undefined;
  }
}
