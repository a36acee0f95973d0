// Who asks, by what it says of itself: robots, link scanners, previews and programs are nobody's behavior. Pure.

import { namesRobot } from "../../kernel/robots.ts";

/** Empty counts too: every browser says something. */
export const isRobot = (agent: string | undefined): boolean =>
  agent === undefined || agent.trim() === "" || agent.trim() === "Mozilla/5.0" || namesRobot(agent);

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A browser that fetches ahead of its user says so. */
export const isPrefetch = (headers: Headers): boolean =>
  ["purpose", "sec-purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|preview|prerender/i.test(String(headers[name] ?? "")),
  );
