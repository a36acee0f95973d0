// Whom a command means that was given what people have at hand: an id, the address of a page, an e-mail address, a number in
// any spelling, or a name. One reading for every command that takes a LEAD.

import type { Premises } from "../app/premises.ts";
import { LOCATION_LEAD } from "../events/index.ts";
import { openReader } from "../insights/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { type Ask, orNone } from "./remote.ts";

export interface Somebody {
  readonly id: string;
  readonly name: string;
}

/** Where leads are looked for: in the database, or asked of a Latchkey that runs. */
export interface Leads {
  isThere(id: string): Promise<boolean>;
  /** Whose name, number or address it is; with `whole` false, whose begins so. At most `MOST` and one. */
  find(typed: string, whole: boolean): Promise<readonly Somebody[]>;
}

/** What was found: those who have exactly what was typed; where nobody has, those whose name, number or address begins so. */
export interface Found {
  readonly exact: readonly Somebody[];
  readonly near: readonly Somebody[];
}

const MOST = 20;
const HOW =
  "A lead is named by its id (HighLevel's contact id, the end of its page's address), its e-mail address, its number, or its name.";

/** @throws InvalidInput where it is nobody, or may be several: with those who may be meant */
export async function leadMeant(typed: string, leads: Leads): Promise<string> {
  return whichLead(typed, await lookFor(typed, leads));
}

export async function lookFor(typed: string, leads: Leads): Promise<Found> {
  const said = bare(typed);
  if (said === "") return { exact: [], near: [] };
  // what is no id may not be asked for as one
  if (isId(said) && (await leads.isThere(said))) return { exact: [{ id: said, name: said }], near: [] };
  const exact = await leads.find(said, true);
  return { exact, near: exact.length === 0 ? await leads.find(said, false) : [] };
}

/** Only who has exactly what was typed is meant: what begins so may be somebody else's, and messages hang on it. */
export function whichLead(typed: string, { exact, near }: Found): string {
  const [first, ...others] = exact;
  if (first !== undefined && others.length === 0) return first.id;
  if (first !== undefined)
    throw new InvalidInput(`Several may be meant by ${typed}. Name one by its id:\n${lines(exact)}`);
  if (near.length === 0)
    throw new InvalidInput(`${bare(typed) === "" ? "Expected a LEAD" : `Nobody here is ${typed}`}. ${HOW}`);
  throw new InvalidInput(`Nobody here is exactly ${typed}. What begins so:\n${lines(near)}`);
}

const lines = (found: readonly Somebody[]): string =>
  [
    ...found.slice(0, MOST).map(({ id, name }) => `  ${id}  ${name}`),
    ...(found.length > MOST ? ["  and more"] : []),
  ].join("\n");

const PAGE = /^https?:\/\/\S*\/(?:leads|contacts\/detail)\/([\w-]+)/;
const WRITTEN = /^(?:mailto|tel):(.*)$|^.*<([^<>\s]+@[^<>\s]+)>$/i;

/** What is looked for in the address of a lead's page, here or in the CRM, and in what programs put around an address or number. */
export function bare(typed: string): string {
  const said = typed.trim();
  const [, id] = PAGE.exec(said) ?? [];
  const [, behind, between] = WRITTEN.exec(said) ?? [];
  return (id ?? behind ?? between ?? said).trim();
}

const isId = (typed: string): boolean => /^[\w-]{1,64}$/.test(typed);

/** In the database. */
export function leadsHere({ database, clock }: Pick<Premises, "database" | "clock">, location: string): Leads {
  const reader = openReader({ database, now: clock.now });
  return {
    isThere: async (id) =>
      id === LOCATION_LEAD || (await reader.lead(location, id, { addresses: false })) !== undefined,
    find: async (q, whole) => (await reader.leads(location, { q, whole, sort: "name", limit: MOST + 1 })).items,
  };
}

/** Asked of the Latchkey that runs. */
export function leadsThere(ask: Ask, location: string): Leads {
  const there = `/v1/locations/${location}/leads`;
  return {
    isThere: async (id) =>
      id === LOCATION_LEAD || (await orNone(ask(`${there}/${encodeURIComponent(id)}`))) !== undefined,
    find: async (q, whole) => {
      const query = new URLSearchParams({ q, whole: whole ? "1" : "0", sort: "name", limit: `${MOST + 1}` });
      return (await ask<{ readonly items: readonly Somebody[] }>(`${there}?${query}`)).items;
    },
  };
}
