// Where commands are run by tests: as a person runs one beside a database, which it finds in its environment.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, vi } from "vitest";
import { databasePerFile, type TestDatabase } from "./database.ts";
import { openPlace, type Place } from "./turns.ts";

export interface CliHouse extends TestDatabase {
  /** The folder of its data, gone when the tests are over. */
  readonly folder: string;
}

/** A database and a folder for the commands of one test file, in the environment all along. */
export function cliHouse(): CliHouse {
  const db = databasePerFile();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-cli-"));
  beforeAll(() => {
    vi.stubEnv("DATABASE_URL", db.url);
    vi.stubEnv("LATCHKEY_DATA", folder);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  return Object.assign(db, { folder });
}

/** The place of the commands of one test file, whose one lead is Ana. */
export function cliPlace(): Place {
  const house = cliHouse();
  const place = {} as Place;
  beforeAll(async () => {
    Object.assign(place, await openPlace(house));
    await place.introduce("Ana");
    await place.run();
  });
  return place;
}
