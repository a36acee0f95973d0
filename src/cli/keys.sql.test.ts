// `latchkey keys`, against a database: who may use the API, and that an ended key is none.

import { expect, test } from "vitest";
import { cliPlace } from "../../test/cli-place.ts";
import { keys } from "./keys.ts";

const place = cliPlace();
const given = { json: true, location: undefined, name: undefined, role: "agent" };
const read = async (...words: string[]) => {
  const { text, exit } = await keys(words, { ...given, location: place.location });
  return { said: JSON.parse(text), exit };
};

test("a key that is made is listed without what it is, until it is ended, once", async () => {
  expect(await keys(["list"], { ...given, json: false })).toEqual({
    text: expect.stringMatching(/^None\.\nBeside these: the LATCHKEY_API_KEY/),
    exit: 0,
  });
  const made = await keys(["create"], { ...given, location: place.location, name: "website", role: "viewer" });
  const { id, key } = JSON.parse(made.text);
  const listed = await read("list");
  expect(listed.said).toEqual([{ id, name: "website", role: "viewer", createdAt: expect.any(Number) }]);
  expect(JSON.stringify(listed)).not.toContain(key.split(".").at(-1));
  expect(await read("revoke", id)).toEqual({ said: { revoked: true }, exit: 0 });
  expect(await read("revoke", id)).toEqual({ said: { revoked: false }, exit: 1 });
  expect(await read("list")).toEqual({ said: [], exit: 0 });
});

test("the only location is meant where none is named, and a key to end has to be", async () => {
  const made = JSON.parse((await keys(["create"], { ...given, name: "website" })).text);
  expect(made).toMatchObject({ key: expect.stringContaining(made.id) });
  await expect(keys(["create"], { ...given, name: " " })).rejects.toThrow("Expected: keys list, keys create");
  await expect(keys(["revoke"], given)).rejects.toThrow("Expected: keys list, keys create");
});
