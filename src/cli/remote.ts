// The command line speaks to the database itself. Where a key is given, and the embedded database is held by a running Latchkey, is
// not this user's to open, or is not here at all, it asks Latchkey.

import type { Premises } from "../app/premises.ts";
import type { Config } from "../config.ts";
import { hasCluster } from "../database/index.ts";
import { Conflict, type FieldError, InvalidInput, Unavailable } from "../kernel/errors.ts";
import { meant, openHouse } from "./house.ts";

/**
 * @param here is done with the database
 * @param there is the same, asked over HTTP
 * @throws Conflict when another holds the embedded database, cannot be joined, and no key was given to ask it with
 */
export async function hereOrThere<Answer>(
  config: Config,
  here: (premises: Premises) => Promise<Answer>,
  there: (ask: Ask, at: At) => Promise<Answer>,
): Promise<Answer> {
  const key = config.apiKey;
  const asked = (key: string): Promise<Answer> => {
    const ask = askAt(config.url, key);
    return there(ask, locationThere(ask, key));
  };
  if (key !== undefined && config.databaseUrl === undefined && !hasCluster(config.dataFolder)) return asked(key);
  let premises: Premises;
  try {
    premises = await openHouse(config, key === undefined ? "guest" : "alone");
  } catch (error) {
    if (key !== undefined && (error instanceof Conflict || isBarred(error))) return asked(key);
    if (!(error instanceof Conflict)) throw error;
    throw new Conflict(
      `${error.message} To ask the running one, give this command a key of it in LATCHKEY_API_KEY (and LATCHKEY_URL, where it is not ${config.url}).`,
    );
  }
  try {
    return await here(premises);
  } finally {
    await premises.close();
  }
}

/** The data folder is another user's. */
const isBarred = (error: unknown): boolean =>
  error instanceof Unavailable &&
  error.cause instanceof Error &&
  "code" in error.cause &&
  (error.cause.code === "EACCES" || error.cause.code === "EPERM");

export type Ask = <Answer>(path: string, body?: unknown) => Promise<Answer>;

/** @returns undefined where what was asked for is not there */
export const orNone = <Answer>(asked: Promise<Answer>): Promise<Answer | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof InvalidInput && error.code === "not-found") return undefined;
    throw error;
  });

/** The location that is meant: the one that is named, or the only one that the key opens. @throws InvalidInput */
export type At = (given: string | undefined) => Promise<string>;

const locationThere =
  (ask: Ask, key: string): At =>
  async (given) => {
    const { teams } = await ask<{ readonly teams: readonly { readonly id: string }[] }>("/v1/session", { key });
    return meant(
      teams.map(({ id }) => id),
      given,
    );
  };

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
    const lines = response.headers.get("content-type")?.includes("ndjson") ?? false;
    const answer = lines ? linesIn(await response.text()) : await response.json().catch(() => ({}));
    if (!response.ok) throw refusal(answer as Partial<Refusal>, response.status, url);
    return answer as Answer;
  };

interface Refusal {
  readonly detail: string;
  readonly errors: readonly FieldError[];
}

const refusal = ({ detail, errors }: Partial<Refusal>, status: number, url: string): InvalidInput =>
  new InvalidInput(
    detail ?? `${url} answered ${status}.`,
    status === 404 ? "not-found" : "invalid-input",
    errors ?? [],
  );

const linesIn = (text: string): unknown[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
