// What numbers and e-mail addresses told us, in memory. Two leads with one number share what is known of it.

import type { Contact } from "../leads/index.ts";
import {
  type AddressChange,
  type Addresses,
  type AddressFact,
  type AddressFacts,
  addressesOf,
  afterChange,
  type Send,
  withFaults,
} from "../outreach/index.ts";

export interface AddressBook {
  of(contact: Contact): AddressFacts;
  learn(changes: readonly AddressChange[]): void;
  /** Makes the rows that are missing: the sender locks both before it checks. */
  lock(to: Addresses): void;
  /** A message leaves: it counts from now on. */
  count(family: "phone" | "email", address: string, send: Send): void;
}

/** As many as the address table remembers. */
const MOST_SENDS = 50;

export function openAddressBook(): AddressBook {
  const facts = new Map<string, AddressFact>();
  const factOf = (family: string, address: string): AddressFact => facts.get(`${family}:${address}`) ?? { sends: [] };
  return {
    of(contact) {
      const found: { phone?: AddressFact; email?: AddressFact } = {};
      const to = addressesOf(contact);
      for (const family of ["phone", "email"] as const) {
        const fact = to[family] === undefined ? undefined : facts.get(`${family}:${to[family]}`);
        if (fact !== undefined) found[family] = fact;
      }
      return found;
    },
    learn(changes) {
      for (const change of changes) {
        // nobody of the past is found by a hash
        if (change.address === undefined) continue;
        const name = `${change.family}:${change.address}`;
        // there is nothing to lift where there is no row
        if (facts.has(name) || saysSomething(change))
          facts.set(name, learned(factOf(change.family, change.address), change));
      }
    },
    lock(to) {
      for (const family of ["phone", "email"] as const) {
        if (to[family] !== undefined) facts.set(`${family}:${to[family]}`, factOf(family, to[family]));
      }
    },
    count(family, address, send) {
      const fact = factOf(family, address);
      const sends = [...fact.sends.filter(({ message }) => message !== send.message), send].slice(-MOST_SENDS);
      facts.set(`${family}:${address}`, { ...fact, sends });
    },
  };
}

const saysSomething = ({ optedOutAt, optOut, faults }: AddressChange): boolean =>
  optedOutAt !== undefined || optOut !== undefined || Object.keys(faults ?? {}).length > 0;

function learned(fact: AddressFact, change: AddressChange): AddressFact {
  const { faults: before, ...rest } = afterChange(fact, change);
  const faults = withFaults(before, change.faults);
  return faults === undefined ? rest : { ...rest, faults };
}
