// `latchkey merge`, against a database: whom it takes for the contact that is gone.

import { expect, test } from "vitest";
import { cliPlace } from "../../test/cli-place.ts";
import { mergeContacts } from "./merge.ts";

const place = cliPlace();
const here = { json: false, location: undefined };
const audits = () => place.rows("select subject from audit where location_id = $1 and act = 'merge'");

test("of the contact that is gone an id is taken though nothing came of it, and no number however short", async () => {
  for (const number of ["555-0142", "5550142", "tel:555.0142", "6175550142", "nobody@example.com"])
    await expect(mergeContacts([number, "Ana"], here), number).rejects.toThrow(/^Nobody here is /);
  expect(await audits()).toEqual([]);
  await mergeContacts(["goneContact", "Ana"], here);
  expect(await audits()).toEqual([{ subject: "goneContact" }]);
});
