// `latchkey keys`: makes an API key of a location, and ends one.

import { InvalidInput } from "../kernel/errors.ts";
import { openAccess, ROLES } from "../tenancy/index.ts";
import { inHouse, namedLocation, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

interface KeyOptions extends Where {
  readonly name: string | undefined;
  readonly role: string;
}

export async function keys([act, id]: readonly string[], { json, location, name, role }: KeyOptions): Promise<Said> {
  const rank = ROLES.find((one) => one === role);
  if (rank === undefined) throw new InvalidInput(`--role: expected ${ROLES.join(", ")}`);
  const at = namedLocation(location, "key");
  if (act === "revoke" ? id === undefined : act !== "create" || name === undefined)
    throw new InvalidInput("Expected: keys create --location ID --name NAME, or keys revoke KEY_ID --location ID");
  return inHouse(async (premises) => {
    const access = openAccess({ database: premises.database, clock: premises.clock });
    if (act === "revoke") {
      await access.revoke(at, id as string, "command line");
      return said(json, { revoked: id }, `The key ${id} is no longer accepted.`);
    }
    const made = await access.makeKey({
      location: onlyLocation(premises, at),
      name: name as string,
      role: rank,
      by: "command line",
    });
    return said(json, made, `${made.key}\nShown this once. To end it: keys revoke ${made.id}`);
  });
}
