// `latchkey site`: which pages may tell what their visitors do, and what to put into them; where the team can be written to.

import { readConfig } from "../config.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { openSites, type SiteSettings, trackerLine } from "../tenancy/index.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export async function site([act, origin]: readonly string[], { json, location }: Where): Promise<Said> {
  const complete =
    act === "show" ||
    act === "renew" ||
    (act !== undefined && ["allow", "forbid", "postal"].includes(act) && origin !== undefined);
  if (!complete)
    throw new InvalidInput(
      "Expected: site show, site allow ORIGIN, site forbid ORIGIN, site postal ADDRESS or site renew",
    );
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const sites = openSites(premises);
    const by = "command line";
    if (act === "forbid" && !(await sites.forbid(at, origin as string, by)))
      return said(json, { removed: false }, `${origin} was not let in.`, 1);
    if (act === "postal") {
      await sites.setPostal(at, origin as string, by);
      return said(json, { set: "postal" }, "It stands under every marketing e-mail from now on.");
    }
    if (act === "allow") await sites.allow(at, origin as string, by);
    if (act === "renew") await sites.renew(at, by);
    const settings = await sites.read(at);
    const { url } = readConfig(process.env);
    return said(json, { ...settings, snippet: trackerLine(url, settings) }, told(url, settings));
  });
}

const told = (url: string, settings: SiteSettings): string =>
  settings.key === undefined
    ? "No origin is let in: latchkey site allow https://www.example.com."
    : `Pages of: ${settings.origins.join(", ") || "none"}\n\nPut this into the head of each:\n\n  ${trackerLine(url, settings)}`;
