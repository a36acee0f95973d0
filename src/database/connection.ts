// How one connection reads values and how its failures are told: for this room's pool and clients, changing no globals.

import type { Socket } from "node:net";
import pg from "pg";
import { Conflict, Unavailable } from "../kernel/errors.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Statements } from "./statements.ts";

const { builtins } = pg.types;
const TIMESTAMPTZ_ARRAY = 1185;
const INT8_ARRAY = 1016;
const TEXT_ARRAY = 1009;

type Parse = (text: string) => unknown;

const toInstant: Parse = (text) => {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  if (text === "-infinity") return Number.NEGATIVE_INFINITY;
  // 2026-03-02 12:00:00.123+00: ISO but for the blank and the short offset
  const zoned = /[+-]\d\d$/.test(text) ? `${text}:00` : text;
  return Date.parse(zoned.replace(" ", "T"));
};
const asText: Parse = (text) => text;
const each =
  (parse: Parse): Parse =>
  (text) =>
    (pg.types.getTypeParser(TEXT_ARRAY as never)(text) as unknown as (string | null)[]).map((item) =>
      item === null ? null : parse(item),
    );

const PARSERS = new Map<number, Parse>([
  [builtins.TIMESTAMPTZ, toInstant],
  [TIMESTAMPTZ_ARRAY, each(toInstant)],
  [builtins.INT8, Number],
  [INT8_ARRAY, each(Number)],
  [builtins.DATE, asText],
]);

/** `timestamptz` as milliseconds, `bigint` as number, `date` as text; all others as `pg` reads them. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    (format !== "binary" && PARSERS.get(oid)) ||
    pg.types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"],
};

/** @param statements which texts to prepare; absent: none */
export const asSql = (client: pg.ClientBase, statements?: Statements): Sql => ({
  async query<Row>(text: string, values?: readonly unknown[]) {
    try {
      const name = values === undefined ? undefined : statements?.nameOf(text);
      gather(client);
      const { rows, rowCount } = await client.query({ text, values: values as unknown[], ...(name && { name }) });
      return { rows: rows as Row[], rowCount: rowCount ?? 0 };
    } catch (error) {
      throw lost(error) ?? error;
    }
  },
});

/** What is asked at one moment leaves in one write: for small statements, the write is what costs. */
function gather(client: pg.ClientBase): void {
  const stream = streamOf(client);
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** Once this resolves, what cannot be written of what was asked has failed; what is asked right then leaves in one write with the rest. */
export async function written(client: pg.ClientBase): Promise<void> {
  const stream = streamOf(client);
  stream.cork();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  process.nextTick(() => stream.uncork());
}

const streamOf = (client: pg.ClientBase): Socket =>
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;

const SYSTEM = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"]);
/** Shutting down, crashed, starting up, too many connections, read-only after a failover, a prepared statement unknown. */
const STATES = new Set(["57P01", "57P02", "57P03", "53300", "25006", "26000"]);
/** The last: a migration has changed what a prepared statement answers. Another connection prepares it anew. */
const WORDS =
  /connection terminated|timeout exceeded when trying to connect|not queryable|client was closed|socket hang up|timeout expired|cached plan must not change/i;

/** The `Unavailable` that a lost or refused connection is; undefined for any other error. */
export function lost(error: unknown): Unavailable | undefined {
  if (error instanceof Unavailable) return error;
  const { code = "", message = "" } = error as { code?: string; message?: string };
  const isLost = SYSTEM.has(code) || STATES.has(code) || code.startsWith("08") || WORDS.test(message);
  if (!isLost) return undefined;
  return new Unavailable(`The database did not answer (${code || message}).`, undefined, { cause: error as Error });
}

/** Deadlock or serialization failure: nothing was saved, and the same work may well succeed at once. */
export function collided(error: unknown): Conflict | undefined {
  const { code } = error as { code?: string };
  if (code !== "40P01" && code !== "40001") return undefined;
  return new Conflict("Two transactions waited for each other; this one was undone.", { cause: error as Error });
}
