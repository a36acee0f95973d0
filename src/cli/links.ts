// `latchkey links`: what texts call `link.NAME` at a location.

import { InvalidInput } from "../kernel/errors.ts";
import { openLinks } from "../tenancy/index.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export async function links([act, name, address]: readonly string[], { json, location }: Where): Promise<Said> {
  const complete =
    act === "list" || (act === "remove" && name !== undefined) || (act === "set" && address !== undefined);
  if (!complete) throw new InvalidInput("Expected: links set NAME URL, links list, or links remove NAME");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const kept = openLinks(premises);
    if (act === "list") {
      const all = await kept.list(at);
      const lines = Object.entries(all).map(([one, leads]) => `link.${one}  ${leads}`);
      return said(json, { links: all }, lines.join("\n") || "None.");
    }
    if (act === "remove") {
      const removed = await kept.remove(at, name as string, "command line");
      const text = removed ? `link.${name} is forgotten.` : `There is no link.${name}.`;
      return said(json, { removed }, text, removed ? 0 : 1);
    }
    await kept.set(at, name as string, address as string, "command line");
    return said(json, { set: name }, `link.${name} is set.`);
  });
}
