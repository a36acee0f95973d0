// The models of a name that some turn recorded, whether or not they score now: for deciding it again, and for saying why.
// What was read and checked of a model is held by its id, which is the hash of all of it, and so is what is made ready of it.

import type { Sql } from "../../kernel/sql.ts";
import type { Scorers } from "../scorers.ts";
import { readable } from "./body.ts";
import { type Body, isBorrowed } from "./kept.ts";
import { modelId, readBody, readModel } from "./store.ts";

type Parts = Pick<Scorers, "chance" | "churn">;

/** As many are held, the last asked for; each weighs some megabytes with what explaining takes. */
const HELD = 8;

const bodies = held<Body>(HELD);
const scorers = held<Scorers>(HELD);

/**
 * The scorers of a name, the same object as before while it is held. Whether its models are still kept is asked each
 * time, of the location's own rows.
 *
 * @returns undefined where one of its models is gone, or cannot be read
 */
export async function scorersNamed(sql: Sql, location: string, name: string): Promise<Scorers | undefined> {
  const parts: { body: Body; borrowed: boolean }[] = [];
  const key = [name];
  for (const id of name.split("+").filter((part) => part !== "")) {
    const kept = await readModel(sql, location, id);
    const body = kept && (bodies.get(kept.id) ?? (await bodyOf(sql, location, kept.id)));
    if (kept === undefined || body === undefined) return undefined;
    bodies.set(kept.id, body);
    const borrowed = isBorrowed(kept.verdict);
    parts.push({ body, borrowed });
    key.push(kept.id, String(borrowed));
  }
  const named = scorers.get(key.join(" ")) ?? { id: name, ...scorersOf(parts) };
  scorers.set(key.join(" "), named);
  return named;
}

async function bodyOf(sql: Sql, location: string, id: string): Promise<Body | undefined> {
  const read = readable(await readBody(sql, location, id));
  return "body" in read && modelId(read.body) === id ? read.body : undefined;
}

const scorersOf = (parts: readonly { readonly body: Body; readonly borrowed: boolean }[]): Parts =>
  Object.fromEntries(
    parts.map(({ body: { kind, ...rest }, borrowed }) => [kind, borrowed ? { ...rest, borrowed } : rest]),
  );

/** By key, the last that were set; older ones are let go. */
function held<Value>(most: number) {
  const all = new Map<string, Value>();
  return {
    get: (key: string) => all.get(key),
    set(key: string, value: Value): void {
      all.delete(key);
      all.set(key, value);
      const [oldest] = all.keys();
      if (all.size > most && oldest !== undefined) all.delete(oldest);
    },
  };
}
