// The tracker in a real browser, on a small single-page site of another origin than ours.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BUILT_IN } from "../src/events/index.ts";
import type { LeadReference } from "../src/highlevel/index.ts";
import { siteRoutes } from "../src/ingest/index.ts";
import { openFacts } from "../src/kernel/facts.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import { answerProblems } from "../src/kernel/problem.ts";

const CHROMIUM = process.env["CHROMIUM"];
if (CHROMIUM === undefined) console.log("CHROMIUM is not set: the tracker was not tried in a browser.");

/** Bytes as they travel. */
const BUDGET = 2_500;
const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

let dir: string;
let script: Buffer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "latchkey-tracker-"));
  const { buildTracker } = (await import(fileURLToPath(new URL("../build.mjs", import.meta.url)))) as {
    buildTracker(file: string): Promise<void>;
  };
  await buildTracker(join(dir, "track.js"));
  script = await readFile(join(dir, "track.js"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test(`the tracker is below ${BUDGET} bytes in brotli, and asks nobody else`, () => {
  const travels = brotliCompressSync(script).length;
  console.log(`track.js: ${script.length} bytes, ${travels} in brotli`);
  expect(travels).toBeLessThan(BUDGET);
  expect(script.toString()).not.toMatch(/https?:\/\/|document\.cookie|sessionStorage|indexedDB/);
});

interface Told {
  readonly type: string;
  readonly visitor: string;
  readonly lead: LeadReference;
  readonly data: JsonObject;
}

describe.skipIf(CHROMIUM === undefined)("the tracker", () => {
  let app: FastifyInstance;
  let pages: Server;
  let browser: Browser;
  let site: string;
  let told: Told[];
  /** Of this test alone: the page of the one before may say late that it was left, and is refused. */
  let key: string;
  let tests = 0;
  let html: (path: string) => string;

  beforeAll(async () => {
    pages = createServer((request, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(html(request.url ?? "/"));
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    site = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    app = fastify();
    const facts = openFacts();
    answerProblems(app, facts);
    await siteRoutes(app, {
      facts,
      clock: { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() },
      intake: {
        async accept({ lead, visitor = "", events }) {
          for (const { type, data } of events) told.push({ type, visitor, lead, data });
          if (events.length === 0) told.push({ type: "identified", visitor, lead, data: {} });
          return { duplicate: false };
        },
        close: async () => undefined,
      },
      site: (given) => (given === key ? { location: "loc1", origins: [site] } : undefined),
      vocabulary: () => BUILT_IN,
      redeem: async (_location, pass) => (pass === "pass-of-ada-0001" ? "ada" : undefined),
      phone: (text) => text.replace(/\D/g, "").replace(/^/, "+1"),
      script,
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-blink-features=AutomationControlled",
        `--user-agent=${AGENT}`,
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await new Promise((resolve) => pages?.close(resolve));
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  beforeEach(() => {
    told = [];
    tests += 1;
    key = `site_${tests}`;
    html = (path) => page("", path === "/" ? "" : listing(path.replace(/.*\//, "").replace(/\?.*/, "")));
  });

  const ours = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const page = (attributes: string, body: string) =>
    `<!doctype html><title>Homes</title><script async src="${ours()}/track.js" data-site="${key}" ${attributes}></script>
     <main>${body}</main>`;
  const listing = (id: string) =>
    `<script type="application/ld+json">${JSON.stringify({
      "@context": "https://schema.org",
      "@type": ["SingleFamilyResidence", "Product"],
      sku: id,
      numberOfBedrooms: 3,
      address: { "@type": "PostalAddress", streetAddress: "14 Alder Court", addressLocality: "Austin" },
      offers: { "@type": "Offer", price: "450,000" },
    })}</script>`;

  async function visit(path: string, context?: BrowserContext): Promise<{ page: Page; faults: string[] }> {
    const opened = await (context ?? (await browser.newContext({ timezoneId: "America/Denver" }))).newPage();
    opened.setDefaultTimeout(120_000);
    const faults: string[] = [];
    opened.on("console", (said) => {
      if (said.type() === "error") faults.push(said.text());
    });
    opened.on("pageerror", (error) => faults.push(error.message));
    await opened.goto(site + path);
    return { page: opened, faults };
  }
  const poll = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 60_000, interval: 50 });
  /** As they came: one beacon may overtake another. */
  const types = () => told.map(({ type }) => type);
  /** Of each visit: that its page was left may come behind what the next page tells. */
  const visitors = () => told.filter(({ type }) => type === "website_visit").map(({ visitor }) => visitor);
  const stored = (at: Page) =>
    at.evaluate(`indexedDB.databases().then((databases) => ({
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookies: document.cookie,
      databases: databases.length,
    }))`) as Promise<{ local: Record<string, string>; session: object; cookies: string; databases: number }>;
  const NOTHING = { local: {}, session: {}, cookies: "", databases: 0 };

  test("before consent tells what is looked at, of nobody in particular, and keeps nothing", async () => {
    const { page, faults } = await visit("/homes/MLS-7");
    await poll(types).toEqual(["website_visit", "property_view"]);
    expect(told[1]?.data).toMatchObject({
      property: { id: "MLS-7", price: 450_000, address: "14 Alder Court", city: "Austin", beds: 3 },
      url: `${site}/homes/MLS-7`,
      time_zone: "America/Denver",
    });
    expect(told[0]?.visitor).toMatch(/^p_/);
    expect(await stored(page)).toEqual(NOTHING);
    await page.reload();
    await poll(() => new Set(visitors()).size).toBe(2);
    expect(await stored(page)).toEqual(NOTHING);
    expect(faults).toEqual([]);
  });

  test("keeps one id from the consent on, and forgets it when that is withdrawn", async () => {
    const { page } = await visit("/");
    await poll(types).toEqual(["website_visit"]);
    await page.evaluate("latchkey.consent(true)");
    const { local } = await stored(page);
    expect(Object.keys(local)).toEqual(["latchkey"]);
    await page.reload();
    await poll(() => visitors()[1]).toBe(local["latchkey"]);
    expect(local["latchkey"]).toMatch(/^v_/);
    await page.evaluate("latchkey.consent(false)");
    expect(await stored(page)).toEqual(NOTHING);
    const before = told.length;
    await page.evaluate("latchkey('website_visit', { url: 'x' })");
    await page.waitForTimeout(1_300);
    expect(told.slice(before).filter(({ type }) => type !== "page.left")).toEqual([]);
  });

  test("with consent required says nothing before it is given, and the page once it is", async () => {
    html = () => page('data-consent="require"', listing("MLS-1"));
    const { page: at } = await visit("/homes/MLS-1");
    await at.waitForTimeout(1_600);
    expect(told).toEqual([]);
    expect(await stored(at)).toEqual(NOTHING);
    await at.evaluate("latchkey.consent(true)");
    await poll(types).toEqual(["website_visit", "property_view"]);
    expect(told[0]?.visitor).toMatch(/^v_/);
  });

  test.each([
    ["globalPrivacyControl", "true"],
    ["doNotTrack", '"1"'],
  ])("does nothing at all where the browser says %s, whatever the site has set", async (name, value) => {
    html = () =>
      page(
        'data-consent="given"',
        `<form id="valuation"><input type="email" value="ada@example.com"><button>Send</button></form>`,
      );
    const context = await browser.newContext();
    await context.addInitScript(`Object.defineProperty(Navigator.prototype, "${name}", { get: () => ${value} })`);
    const { page: at } = await visit("/", context);
    await at.evaluate("addEventListener('submit', (event) => event.preventDefault()), latchkey.consent(true)");
    await at.getByRole("button").click();
    await at.waitForTimeout(1_600);
    expect(told).toEqual([]);
    expect(await stored(at)).toEqual(NOTHING);
  });

  test("follows a single-page site through push, replace and back, and counts each page once", async () => {
    const { page: at, faults } = await visit("/");
    await poll(types).toEqual(["website_visit"]);
    await at.evaluate(`history.pushState(null, "", "/homes/MLS-1");
      document.querySelector("main").innerHTML = ${JSON.stringify(listing("MLS-1"))};`);
    await poll(() => types().toSorted()).toEqual(["page.left", "property_view", "website_visit", "website_visit"]);
    // a map that is moved rewrites its address: that is no other page
    await at.evaluate(
      "history.replaceState(null, '', '/homes/MLS-1?map=1'), history.replaceState(null, '', '/homes/MLS-1?map=2')",
    );
    await at.waitForTimeout(1_500);
    expect(types().filter((type) => type === "website_visit")).toHaveLength(2);
    await at.evaluate("history.back()");
    await poll(() => types().filter((type) => type === "website_visit").length).toBe(3);
    const left = () => told.filter(({ type }) => type === "page.left");
    await poll(() => left().map(({ data }) => data["url"])).toContain(
      `${site}/homes/MLS-1?map=2`.replace("?map=2", ""),
    );
    expect(left().every(({ data }) => Number(data["seconds"]) >= 1)).toBe(true);
    expect(types().filter((type) => type === "property_view")).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  test("tells what was seen when the page is left", async () => {
    const { page: at } = await visit("/homes/MLS-3");
    await poll(types).toContain("property_view");
    await at.waitForTimeout(1_200);
    await at.goto(`${site}/`);
    await poll(types).toContain("page.left");
    expect(told.find(({ type }) => type === "page.left")?.data).toMatchObject({ property: { id: "MLS-3" } });
  });

  test("falls back to fetch where the browser takes no beacon", async () => {
    const context = await browser.newContext();
    await context.addInitScript("navigator.sendBeacon = () => false");
    const { faults } = await visit("/", context);
    await poll(types).toEqual(["website_visit"]);
    expect(faults).toEqual([]);
  });

  test.each([
    [
      "data attributes",
      `<div data-latchkey-property="A-1" data-latchkey-price="$310,000" data-latchkey-city="Reno"></div>`,
      { id: "A-1", price: 310_000, city: "Reno" },
    ],
    [
      "a RealEstateListing",
      `<script type="application/ld+json">{"@graph":[{"@type":"WebPage","mainEntity":{"@type":"RealEstateListing","identifier":{"value":"B-2"},"offers":[{"price":9}],"about":{"address":"1 Elm St"}}}]}</script>`,
      { id: "B-2", price: 9, address: "1 Elm St" },
    ],
    [
      "meta tags",
      `<meta property="product:retailer_item_id" content="C-3"><meta property="product:price:amount" content="5">`,
      { id: "C-3", price: 5 },
    ],
    [
      "the page's own word",
      `<script>window.latchkey=window.latchkey||function(){(latchkey.q=latchkey.q||[]).push(arguments)};latchkey("property_view",{id:"D-4",price:7})</script>`,
      { id: "D-4", price: 7 },
    ],
  ])("knows a home by %s", async (_name, body, property) => {
    html = () => page("", body);
    await visit("/somewhere");
    await poll(() => told.find(({ type }) => type === "property_view")?.data["property"]).toEqual(property);
  });

  test("takes a list of homes for no view of one, and survives JSON-LD that is none", async () => {
    html = () => page("", `<script type="application/ld+json">{broken</script>${listing("L-1")}${listing("L-2")}`);
    const { page: at, faults } = await visit("/search");
    await poll(types).toEqual(["website_visit"]);
    await at.waitForTimeout(4_200);
    expect(types()).toEqual(["website_visit"]);
    expect(faults).toEqual([]);
  });

  const FORM = `<form name="valuation"><input type="email" name="mail"><input type="tel" name="call"><button>Send</button></form>
    <script>addEventListener("submit", (event) => event.preventDefault())</script>`;
  const fill = async (at: Page) => {
    await at.locator("[type=email]").fill("ada@example.com");
    await at.locator("[type=tel]").fill("555 555 0101");
    await at.getByRole("button").click();
  };

  test("names who sends a form only where they have agreed", async () => {
    html = () => page("", FORM);
    const { page: at } = await visit("/");
    await fill(at);
    await poll(types).toEqual(expect.arrayContaining(["form.started", "form.submitted"]));
    expect(told.map(({ lead }) => lead)).toEqual(told.map(() => ({})));
    expect(JSON.stringify(told)).not.toMatch(/ada@|0101/);
    told = [];
    await at.evaluate("latchkey.consent(true)");
    await fill(at);
    await poll(() => told.find(({ type }) => type === "form.submitted")).toMatchObject({
      lead: { email: "ada@example.com", phone: "+15555550101" },
      data: { form: "valuation" },
    });
  });

  test("reads no sign-in, and no form that says it is not to be read", async () => {
    html = () => page('data-consent="given"', `${FORM.replace("<button", '<input type="password"><button')}`);
    const { page: at } = await visit("/");
    await fill(at);
    html = () => page('data-consent="given"', FORM.replace("<form", '<form data-latchkey="ignore"'));
    await at.reload();
    await fill(at);
    await at.waitForTimeout(1_500);
    expect(types().filter((type) => type.startsWith("form"))).toEqual([]);
    expect(told.map(({ lead }) => lead)).toEqual(told.map(() => ({})));
  });

  test("takes the pass of a link off the address bar at once, and shows it once, with consent", async () => {
    html = () => page("", "");
    const { page: at } = await visit("/homes?beds=3&lk=pass-of-ada-0001");
    await poll(() => at.evaluate("location.search")).toBe("?beds=3");
    await poll(types).toContain("website_visit");
    expect(told.map(({ lead }) => lead)).toEqual(told.map(() => ({})));
    await at.evaluate("latchkey.consent(true)");
    await poll(() => told.find(({ type }) => type === "identified")).toMatchObject({ lead: { contact: "ada" } });
    expect(JSON.stringify(told)).not.toContain("lk=");
  });

  test("is silent in a browser that a program drives", async () => {
    const driven = await browser.newContext();
    await driven.addInitScript("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => true })");
    const { page: at } = await visit("/driven", driven);
    await at.waitForTimeout(1_600);
    // a page of the test before may say only now that it was left
    expect(told.filter(({ data }) => String(data["url"]).endsWith("/driven"))).toEqual([]);
  });
});
