// A person's session in a browser: a signed cookie, nothing stored. Twelve hours, then one signs in again.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { parse } from "../kernel/request.ts";
import { HOUR, type Instant, iso, MINUTE, type Millis } from "../kernel/time.ts";

/** Who is signed in: the members of a Principal. */
export interface Session {
  readonly id: string;
  readonly name: string;
  readonly role: "owner" | "manager" | "agent" | "viewer";
  readonly locations: readonly string[] | "*";
}

export interface SessionOptions {
  /** LATCHKEY_SECRET: whoever has it can make sessions. */
  readonly secret: string;
  /** The wall clock: a session's length is a person's, not the town's. */
  real(): Instant;
  /** Served over https: then the cookie travels over nothing else. */
  readonly secure: boolean;
}

const COOKIE = "latchkey";
const LENGTH: Millis = 12 * HOUR;
const LINK_LENGTH: Millis = 30 * MINUTE;

const Claims = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(["owner", "manager", "agent", "viewer"]),
  locations: z.union([z.literal("*"), z.array(z.string())]),
  until: z.number(),
});

/** What of a request a session is read from; a WebSocket upgrade has it too. */
interface Asked {
  readonly headers: { readonly cookie?: string | undefined };
}

export type Sessions = ReturnType<typeof openSessions>;

export function openSessions({ secret, real, secure }: SessionOptions) {
  const links = new Map<string, { session: Session; until: Instant; used: boolean }>();
  const sign = (payload: string) => createHmac("sha256", secret).update(`session.${payload}`).digest("base64url");
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;

  return {
    /** The value of a `Set-Cookie` header that opens this session. */
    cookie({ id, name, role, locations }: Session): string {
      const claims = { id, name, role, locations, until: real() + LENGTH };
      const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
      return `${COOKIE}=${payload}.${sign(payload)}; ${attributes}; Max-Age=${LENGTH / 1000}`;
    },

    /** The value of a `Set-Cookie` header that ends it. */
    ended: (): string => `${COOKIE}=; ${attributes}; Max-Age=0`,

    /** Whose cookie this is; undefined for none, a forged one or one that is over. */
    read(request: Asked): (Session & { readonly until: Instant }) | undefined {
      const value = cookieIn(request.headers.cookie, COOKIE);
      const [payload, signature] = value?.split(".") ?? [];
      if (payload === undefined || signature === undefined) return undefined;
      const expected = Buffer.from(sign(payload));
      const given = Buffer.from(signature);
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
      try {
        const claims = Claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
        return claims.until > real() ? claims : undefined;
      } catch {
        return undefined;
      }
    },

    /** A key that opens one session, once, within half an hour: for the address printed at start. */
    link(session: Session): string {
      const key = randomBytes(24).toString("base64url");
      links.set(key, { session, until: real() + LINK_LENGTH, used: false });
      return key;
    },

    /** The session a link opens. It opens it no second time. */
    redeem(key: string): Session | undefined {
      const found = links.get(key);
      if (found === undefined || found.used || found.until <= real()) return undefined;
      found.used = true;
      return found.session;
    },

    /** Whether this was a link of ours that opens nothing any more. */
    isSpent: (key: string): boolean => links.has(key),
  };
}

export interface SessionDoors {
  readonly sessions: Sessions;
  /** Whose API key this is; undefined when nobody's. */
  sessionOfKey(key: string): Promise<Session | undefined>;
  /** What a person may open, with names, and the zone (IANA) by whose clock each lives. */
  teams(session: Session): Promise<readonly { readonly id: string; readonly name: string; readonly zone: string }[]>;
  /** Shown on every page while the leads are not real. */
  readonly simulated?: { readonly speed: number };
}

const SignIn = z.object({ key: z.string("expected a key").min(1, "expected a key").max(500) });

/** `POST`, `GET` and `DELETE /v1/session`. The same answer for an unknown key and a wrong one. */
export function sessionRoutes(app: FastifyInstance, doors: SessionDoors): void {
  const { sessions } = doors;
  const describe = async (session: Session) => ({
    name: session.name,
    role: session.role,
    teams: await doors.teams(session),
    ...(doors.simulated === undefined ? {} : { simulated: doors.simulated }),
  });

  app.post("/v1/session", async (request, reply) => {
    const { key } = parse(SignIn, request.body ?? {});
    const session = sessions.redeem(key) ?? (await doors.sessionOfKey(key));
    if (session === undefined) {
      const spent =
        "This link was already used, or is older than half an hour: start again for a new one, or paste an API key.";
      throw new InvalidInput(sessions.isSpent(key) ? spent : "This key opens nothing.", "unauthorized");
    }
    reply.header("set-cookie", sessions.cookie(session));
    return describe(session);
  });

  app.get("/v1/session", async (request, reply) => {
    const session = sessions.read(request);
    if (session === undefined) throw new InvalidInput("Nobody is signed in here.", "unauthorized");
    reply.header("cache-control", "no-store");
    return { ...(await describe(session)), until: iso(session.until) };
  });

  app.delete("/v1/session", async (_request, reply) => reply.header("set-cookie", sessions.ended()).code(204).send());
}

/** Whether a request that changes something, by a cookie, comes from our own pages. */
export function fromOurPages(headers: {
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
}): boolean {
  if (headers.origin === undefined) return true;
  try {
    return new URL(headers.origin).host === headers.host;
  } catch {
    return false;
  }
}

export function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
