// Who asks, by what it says of itself: robots, link scanners, previews and programs are nobody's behavior. Pure.

import { namesRobot } from "../../kernel/robots.ts";

/** Empty counts too: every browser says something. */
export const isRobot = (agent: string | undefined): boolean =>
  agent === undefined || agent.trim() === "" || agent.trim() === "Mozilla/5.0" || namesRobot(agent);
