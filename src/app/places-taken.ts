// What a start finds taken or closed, in one sentence that names the setting: a port, the data folder.

import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { Unavailable } from "../kernel/errors.ts";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** @throws Unavailable where the port or the address is not to be had; says what to do */
export async function listenAt(app: FastifyInstance, { host, port }: Pick<Config, "host" | "port">): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const words: Readonly<Record<string, string>> = {
      EADDRINUSE: `PORT: another program listens on ${host}:${port} already. Stop it, or set PORT to a port that is free.`,
      EACCES: `PORT: this user may not listen on ${host}:${port}. Set PORT to one from 1024 up.`,
      EADDRNOTAVAIL: `HOST: this machine has no address ${host}. Set HOST to one of its own, or to 0.0.0.0 for all.`,
    };
    const said = words[codeOf(error)];
    throw said === undefined ? error : new Unavailable(said, undefined, { cause: error });
  }
}

const CLOSED: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENOSPC"]);

/**
 * Works in the data folder.
 *
 * @throws Unavailable where the file system does not let us; says what to do
 */
export async function inDataFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const path = error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : undefined;
    if (path === undefined || !CLOSED.has(codeOf(error))) throw error;
    throw new Unavailable(
      `LATCHKEY_DATA: the data folder ${folder} cannot be used: ${path} cannot be written to (${codeOf(error)}). Give this user the right to it, or set LATCHKEY_DATA to a folder of its own.`,
      undefined,
      { cause: error },
    );
  }
}
