// Telling a workflow of the CRM that something happened: one POST to the address its trigger gave us, with the location's
// own token, and to nowhere but the CRM.

import { MINUTE } from "../../kernel/time.ts";
import type { CallTrigger } from "../message.ts";
import { forbidden, type Outside, statusOnly } from "./outside.ts";

export interface TriggerCallNeeds {
  readonly outside: Outside;
  readonly targets: Targets;
  readonly real: () => number;
  readonly token: (location: string) => string | undefined | Promise<string | undefined>;
  /** Where the trigger wants to be told, as it stands now; undefined: nobody asks any more. */
  readonly target: (location: string, subscription: string) => Promise<string | undefined>;
}

export interface Target {
  readonly url: URL;
  /** Whoever runs Latchkey has named its host. */
  readonly named: boolean;
}

/** An address that a trigger gave, or what is wrong with it. */
export type Targets = (text: string) => Target | string;

const EXECUTE = "/workflows-marketplace/triggers/execute/";
const CRM = "https://services.leadconnectorhq.com";
const LONGEST = 2_048;

/**
 * Addresses must begin with one of these: the CRM's own, where it is the one whose API we call, and what whoever runs
 * Latchkey has named. Compared as parsed, so that no spelling of another host or path passes.
 *
 * @param named `https://host/path/`, with a slash at the end
 */
export function openTargets({ apiUrl, named }: { apiUrl: string; named: readonly string[] }): Targets {
  const own = { prefix: new URL(`${apiUrl}${EXECUTE}`), named: new URL(apiUrl).origin !== CRM };
  const prefixes = [own, ...named.map((text) => ({ prefix: new URL(text), named: true }))];
  return (text) => {
    if (text.length > LONGEST || !URL.canParse(text)) return "the address cannot be read";
    const url = new URL(text);
    if (url.username + url.password !== "") return "an address with a user or a password in it";
    if (url.hash !== "" || /%2f|%5c|%2e/i.test(url.pathname)) return "the address has a path that could mean another";
    const found = prefixes.find(
      ({ prefix }) =>
        prefix.origin === url.origin && url.pathname.startsWith(prefix.pathname) && url.pathname !== prefix.pathname,
    );
    return found === undefined ? "the address is not one of the CRM's for triggers" : { url, named: found.named };
  };
}

export function openTriggerCall({ outside, targets, real, token, target }: TriggerCallNeeds): CallTrigger {
  return async ({ key, location, subscription, event }, signal) => {
    const text = await target(location, subscription);
    if (text === undefined) return forbidden("no workflow of the CRM asks for it any more");
    const found = targets(text);
    if (typeof found === "string") return forbidden(found);
    const bearer = await token(location);
    if (bearer === undefined) {
      return { result: "deferred", retryAt: real() + MINUTE, detail: "no token for this location", cause: "auth" };
    }
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "Latchkey",
      "idempotency-key": key,
      authorization: `Bearer ${bearer}`,
    };
    const { url, named } = found;
    return outside(url, { method: "POST", headers, body: JSON.stringify(event), signal, named }, statusOnly);
  };
}
