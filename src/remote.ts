// The command line speaks to the database itself; where a running Latchkey holds that, it asks Latchkey.

import type { Config } from "./config.ts";
import { Conflict, InvalidInput, Unavailable } from "./kernel/errors.ts";
import { openPremises, type Premises } from "./premises.ts";

/**
 * @param here is done with the database
 * @param there is the same, asked over HTTP
 * @throws Conflict when a running Latchkey holds the database and no key was given to ask it with
 */
export async function hereOrThere<Answer>(
  config: Config,
  here: (premises: Premises) => Promise<Answer>,
  there: (ask: Ask) => Promise<Answer>,
): Promise<Answer> {
  let premises: Premises;
  try {
    premises = await openPremises(config);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    if (config.apiKey === undefined)
      throw new Conflict(
        `${error.message} Give LATCHKEY_API_KEY (and LATCHKEY_URL, where it is not ${config.url}) to ask the running one.`,
      );
    return there(askAt(config.url, config.apiKey));
  }
  try {
    return await here(premises);
  } finally {
    await premises.close();
  }
}

export type Ask = <Answer>(path: string, body?: unknown) => Promise<Answer>;

const askAt =
  (url: string, key: string): Ask =>
  async <Answer>(path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Unavailable(`Nobody answers at ${url}. Set LATCHKEY_URL to where Latchkey runs.`);
    });
    const answer = (await response.json()) as Answer & { readonly detail?: string };
    if (!response.ok) throw new InvalidInput(answer.detail ?? `${url} answered ${response.status}.`);
    return answer;
  };

/** The location that is meant where none was named: the only one. @throws InvalidInput */
export function onlyLocation({ installations }: Premises, given: string | undefined): string {
  const all = installations.list().map(({ location }) => location);
  const location = given ?? (all.length === 1 ? all[0] : undefined);
  if (location === undefined)
    throw new InvalidInput(`--location: expected one of ${all.join(", ") || "none installed"}`);
  if (!installations.has(location)) throw new InvalidInput(`Latchkey does not work for ${location}.`);
  return location;
}
