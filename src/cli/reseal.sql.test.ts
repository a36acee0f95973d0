// `latchkey reseal`, and what a start and every other command say meanwhile, against a database.

import { expect, test, vi } from "vitest";
import { cliHouse } from "../../test/cli-place.ts";
import { readConfig } from "../config.ts";
import { start } from "../main.ts";
import { examine } from "./doctor.ts";
import { inHouse } from "./house.ts";
import { keys } from "./keys.ts";
import { reseal } from "./reseal.ts";

const house = cliHouse();
const LOCATION = "loc1";
const withSecret = (secret: string) => vi.stubEnv("LATCHKEY_SECRET", secret);
const OLD = "the secret that all was sealed with";
const NEW = "the one that somebody made up since";
const crm = {
  ...{ HIGHLEVEL_LOCATION: LOCATION, HIGHLEVEL_TOKEN: "pit-1", HIGHLEVEL_API_URL: "http://127.0.0.1:9" },
  ...{ PORT: "0", LATCHKEY_ROLES: "web", LATCHKEY_WORKFLOWS: "" },
};
const starting = () => start(readConfig({ ...process.env, ...crm }));
const listed = () => keys(["list"], { json: false, location: LOCATION, name: undefined, role: "agent" });

test("a start with another secret is refused, as is every command but those that tell of it", async () => {
  withSecret(OLD);
  await (await starting()).close();
  // whatever an install or a disconnect leaves sealed: the first start has noted its secret
  await house.database.asOwner((sql) => sql.query("update installation set token = null, workflow_secret = ''"));
  withSecret(NEW);
  const refused = "LATCHKEY_SECRET is not the one that this database was worked on with.";
  await expect(starting()).rejects.toThrow(refused);
  await expect(listed()).rejects.toThrow(refused);
  expect(await examine(readConfig(process.env))).toMatchObject([
    { subject: "database", ok: true },
    { subject: "secret", ok: false, detail: expect.stringContaining("latchkey reseal") },
    { subject: "workflows" },
    { subject: "webhook key" },
  ]);
  withSecret(OLD);
  expect((await listed()).exit).toBe(0);
});

test("says what would be given up, gives it up where it is told that it is lost, and goes on from there", async () => {
  withSecret(OLD);
  await inHouse(({ installations }) => installations.install({ location: LOCATION, by: "test", token: "pit-1" }));
  withSecret(NEW);
  const asked = await reseal({ json: false, lost: false });
  expect(asked.exit).toBe(1);
  expect(asked.text).toMatch(
    /^This does not open with the secret at hand, and would be given up:\nConnect these accounts again:\n {2}loc1\n/,
  );
  expect(asked.text).toMatch(/Nothing is done yet\. .* latchkey reseal --lost$/);
  withSecret(OLD);
  expect((await listed()).exit).toBe(0);

  withSecret(NEW);
  const done = await reseal({ json: false, lost: true });
  expect(done.text).toMatch(/^What the lost secret had sealed is given up\.\n/);
  expect(done.text).toContain("What is known of 0 numbers and addresses goes on. No opt-out is lost.");
  expect((await listed()).exit).toBe(0);
  expect(JSON.parse((await reseal({ json: true, lost: true })).text)).toMatchObject({ another: false, lost: false });
  expect(await reseal({ json: false, lost: false })).toMatchObject({
    exit: 0,
    text: "All that is sealed here opens with this secret: there is nothing to do.",
  });
});
