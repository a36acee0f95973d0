// `latchkey keys`: who may use the API at a location; makes a key, and ends one.

import { InvalidInput } from "../kernel/errors.ts";
import { iso } from "../kernel/time.ts";
import { openAccess, ROLES } from "../tenancy/index.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

interface KeyOptions extends Where {
  readonly name: string | undefined;
  readonly role: string;
}

const OTHER_DOORS =
  "Beside these: the LATCHKEY_API_KEY that Latchkey was started with, if it was, and whoever opened the link that it printed then.";

export async function keys(
  [act, id]: readonly string[],
  { json, location, role, ...given }: KeyOptions,
): Promise<Said> {
  const name = given.name?.trim() || undefined;
  const rank = ROLES.find((one) => one === role);
  if (rank === undefined) throw new InvalidInput(`--role: expected ${ROLES.join(", ")}`);
  const isWhole = act === "list" || (act === "revoke" && id !== undefined) || (act === "create" && name !== undefined);
  if (!isWhole) throw new InvalidInput("Expected: keys list, keys create --name NAME, or keys revoke KEY_ID");
  return inHouse(async (premises) => {
    const access = openAccess({ database: premises.database, clock: premises.clock });
    const at = onlyLocation(premises, location);
    if (act === "list") {
      const known = await access.keys(at);
      const lines = known.map((key) => `${key.id}  ${key.role.padEnd(7)} ${iso(key.createdAt)}  ${key.name}`);
      return said(json, known, [...(lines.length === 0 ? ["None."] : lines), OTHER_DOORS].join("\n"));
    }
    if (act === "revoke") {
      const revoked = await access.revoke(at, id as string, "command line");
      const words = revoked
        ? `The key ${id} is no longer accepted, by a Latchkey that runs within ten seconds.`
        : `No key ${id} is accepted at ${at}: keys list tells which are.`;
      return said(json, { revoked }, words, revoked ? 0 : 1);
    }
    const made = await access.makeKey({ location: at, name: name as string, role: rank, by: "command line" });
    return said(json, made, `${made.key}\nShown this once. To end it: keys revoke ${made.id} --location ${at}`);
  });
}
