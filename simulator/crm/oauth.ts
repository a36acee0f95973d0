// The app's door: the page on which a person chooses, the token endpoint, and where the app is installed. Answers can be
// lost on request, after what they tell of has been done.

import type { IncomingMessage } from "node:http";
import { type Answered, failure } from "./operation.ts";
import { bearer } from "./server.ts";
import type { Choice, Tokens } from "./tokens.ts";

type Page = Answered & { readonly headers?: Record<string, string> };

export interface OAuthPages {
  /** `undefined`: the path is not ours; `lost`: done, and the connection breaks. */
  serve(request: IncomingMessage, pathname: string, query: URLSearchParams, body: Buffer): Page | "lost" | undefined;
  /** What the next person chooses; what is left out is the first location, with all that was asked for. */
  choose(choice: Partial<Choice>): void;
  /** How many of the next answers of the token endpoint are lost; where `location` is said, of its tokens alone. */
  lose(answers: number, location?: string): void;
}

export function openOAuthPages(tokens: Tokens, otherwise: Omit<Choice, "scope">): OAuthPages {
  let choice: Partial<Choice> = {};
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

  return {
    serve(request, pathname, query, body) {
      switch (`${request.method} ${pathname}`) {
        case "GET /v2/oauth/chooselocation":
          return chosen(query);
        case "GET /oauth/installedLocations":
        case "GET /oauth/installed-locations":
          return tokens.installedLocations(bearer(request), query, Date.now());
        case "POST /oauth/token":
        case "POST /oauth/locationToken":
        case "POST /oauth/location-token": {
          const answer = token(request, pathname, body);
          const { locationId } = answer.body as { locationId?: string };
          if (losing.answers === 0 || (losing.location ?? locationId) !== locationId) return answer;
          losing.answers -= 1;
          return "lost";
        }
        default:
          return pathname.startsWith("/oauth/") ? failure(404, `Cannot ${request.method} ${pathname}`) : undefined;
      }
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
