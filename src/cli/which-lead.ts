// Whom a command means that was given a name, a number or an address instead of an id. Pure.

import { InvalidInput } from "../kernel/errors.ts";

export interface Somebody {
  readonly id: string;
  readonly name: string;
}

const IDS =
  "A lead is named by its id (the end of its page's address, /leads/ID; HighLevel's contact id), or by a name, number or e-mail address that only one has.";

/**
 * @param found those whose name, number or address begins with what was typed
 * @throws InvalidInput with those who may be meant, where it is not one
 */
export function whichLead(typed: string, found: readonly Somebody[]): string {
  const [first, ...others] = found;
  if (first === undefined) throw new InvalidInput(`Nobody here is ${typed}. ${IDS}`);
  if (others.length === 0) return first.id;
  const plain = (name: string) => name.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const exact = found.filter(({ name }) => plain(name) === plain(typed));
  if (exact.length === 1) return (exact[0] as Somebody).id;
  const lines = found.map(({ id, name }) => `  ${id}  ${name}`);
  throw new InvalidInput(`Several may be meant by ${typed}. Name one by its id:\n${lines.join("\n")}`);
}
