import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { check } from "./authoring.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-authoring-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("check prints how many leads each experiment takes", async () => {
  const experiment = `experiments:
  welcome_subject:
    variants: { plain: 50, question: 50 }
    control: plain
    metric: { when: appointment.booked, within: 7d }
    minimum_effect: 3%
`;
  await writeFile(join(folder, "a.yaml"), experiment);
  const { text, exit } = await check(folder, { json: false, fix: false });
  expect(exit).toBe(0);
  expect(text).toMatch(
    /experiment welcome_subject: to find 3 % more it takes \d+ leads where control has 2 %, \d+ leads/,
  );
  const said = JSON.parse((await check(folder, { json: true, fix: false })).text);
  expect(said.experiments[0]).toMatchObject({ experiment: "welcome_subject", needs: [{ baseRate: 0.02 }, {}, {}] });
});

test("check says, with file, line and column, of a link that nothing is called, what was meant", async () => {
  await writeFile(join(folder, "links.yaml"), 'templates:\n  b:\n    sms: "Book: {{ link.bookng }}"\n');
  const { text } = await check(folder, { json: false, fix: false });
  expect(text).toContain("links.yaml:3:20 info unknown-link\n");
  expect(text).toContain('Did you mean "booking"?');
  await rm(join(folder, "links.yaml"));
});

test("check warns, with file, line and column, of an attachment that does not lie beside the workflows", async () => {
  const template = "templates:\n  g:\n    email: { subject: A, body: B, attach: [guides/a.pdf] }\n";
  await writeFile(join(folder, "a.yaml"), template);
  const { text, exit } = await check(folder, { json: false, fix: false });
  expect(exit).toBe(0);
  expect(text).toContain("a.yaml:3:44 warning no-file\n");
  expect(text).toContain('there is no file "guides/a.pdf" beside the workflows');
  await mkdir(join(folder, "guides"));
  await writeFile(join(folder, "guides", "a.pdf"), "%PDF");
  expect((await check(folder, { json: false, fix: false })).text).not.toContain("no-file");
  await writeFile(join(folder, "big.mp4"), Buffer.alloc(600_001));
  await writeFile(join(folder, "b.yaml"), "templates:\n  s:\n    sms: { body: B, attach: [big.mp4] }\n");
  expect((await check(folder, { json: false, fix: false })).text).toContain("b.yaml:3:30 warning mms-size\n");
});
