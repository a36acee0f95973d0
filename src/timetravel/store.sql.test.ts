import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { seeded } from "../../test/seeded.ts";
import { memoryStore, postgresStore } from "../../test/stores.ts";
import { canonicalJson } from "../kernel/json.ts";
import { placeIn, replayLead } from "./index.ts";
import { played, scripts, storeContract } from "./store.contract.ts";

const db = databasePerFile();
let places = 0;

/** Lines of canonical JSON, so that a difference is shown where it is. */
const asText = (left: Awaited<ReturnType<typeof played>>): string =>
  JSON.stringify(JSON.parse(canonicalJson(left)), undefined, 1);

const nextPlace = () => {
  places += 1;
  return `place${places}`;
};

storeContract("in PostgreSQL", () => postgresStore(db, nextPlace()));

/** Her opt-out is told to the CRM in the moment in which an e-mail to her would leave: the two must not race. */
const STOPPED_AS_SHE_COMES: Parameters<typeof played>[1] = {
  beats: [
    { after: 1_000, lead: "ada", beat: { what: "wrote", text: "STOP" } },
    { after: 1_000, lead: "ada", beat: { what: "born", refused: false } },
  ],
};

describe("memory and PostgreSQL", () => {
  test("come to the same bytes from the same letters", async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const location = nextPlace();
        const [memory, postgres] = [await memoryStore(location), await postgresStore(db, location)];
        const expected = await played(memory, script);
        const found = await played(postgres, script);
        expect(asText(found)).toEqual(asText(expected));
      }),
      { ...seeded, numRuns: 15, examples: [[STOPPED_AS_SHE_COMES]] },
    );
  });

  test("decide a lead's recorded turns again as they were saved", async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const location = nextPlace();
        await played(await postgresStore(db, location), script);
        for (const lead of ["ada", "bob", "cleo"]) {
          const replayed = await db.database.transaction([location], (sql) =>
            replayLead(sql, location, lead, placeIn("America/New_York", "seed"), "key"),
          );
          expect(replayed?.difference).toBeUndefined();
        }
      }),
      { ...seeded, numRuns: 15 },
    );
  });

  test("tell where a replay first differs from what was saved", async () => {
    const location = nextPlace();
    const store = await postgresStore(db, location);
    await played(store, { beats: [{ after: 1_000, lead: "ada", beat: { what: "born", refused: false } }] });
    const other = await db.database.transaction([location], (sql) =>
      replayLead(sql, location, "ada", placeIn("America/New_York", "another seed"), "key"),
    );
    expect(other?.difference).toMatchObject({ what: expect.any(String) });
  });
});
