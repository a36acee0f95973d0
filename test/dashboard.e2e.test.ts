// The pages in a real browser, over a real database and a real socket.

import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { saveDeltas } from "../src/insights/index.ts";
import { idFrom } from "../src/kernel/ids.ts";
import { DAY } from "../src/kernel/time.ts";
import { askedBy, saveAddressChanges } from "../src/outreach/index.ts";
import { type AuditFigures, type Body, saveAudit } from "../src/scoring/index.ts";
import { crown, keepChallenger, retire } from "../src/scoring/lifecycle/store.ts";
import { endTraining, keepTraining, openTraining } from "../src/scoring/lifecycle/trainings.ts";
import { compile, publish } from "../src/workflows/index.ts";
import { HOSTILE, seedTown } from "./brightwater.ts";
import { quantile } from "./budget/judge.ts";
import { ADDRESS_KEY, type DashboardServer, startDashboard } from "./dashboard-server.ts";
import { databasePerFile } from "./database.ts";
import { chanceBody, newModel } from "./kept-models.ts";
import { watchTimers } from "./lateness.ts";
import { churnOf } from "./scorers.ts";
import { LOCATION, moveMessage, seedDecision, seedEvent, seedMessage, seedNotice, ZONE } from "./seed.ts";

const CHROMIUM = process.env["CHROMIUM"];
if (CHROMIUM === undefined) console.log("CHROMIUM is not set: the dashboard was not opened in a browser.");

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** One timer in twenty is later than this: other work has the processors. */
const STARVED_MS = 10;
/** Screens are kept where LATCHKEY_SCREENS says, for looking at. */
const SCREENS = process.env["LATCHKEY_SCREENS"];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

describe.skipIf(CHROMIUM === undefined)("the dashboard", () => {
  const open = databasePerFile();
  let server: DashboardServer;
  let browser: Browser;
  let dir: string;
  let town: Awaited<ReturnType<typeof seedTown>>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "latchkey-dashboard-"));
    vi.stubEnv("NODE_ENV", "production");
    const { build } = await import("vite");
    await build({
      root: fileURLToPath(new URL("../dashboard", import.meta.url)),
      configFile: fileURLToPath(new URL("../dashboard/vite.config.ts", import.meta.url)),
      logLevel: "error",
      build: { outDir: dir, emptyOutDir: true },
    });
    vi.unstubAllEnvs();
    town = await seedTown(open.database, Date.now());
    server = await startDashboard(open.database, { dir, databaseUrl: open.url });
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ARGS });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** A signed-in page that fails the test on any error, warning or request elsewhere. */
  async function visit(path: string, options: Parameters<Browser["newPage"]>[0] = {}, link = server.link()) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-US", ...options });
    page.setDefaultTimeout(120_000);
    const faults: string[] = [];
    page.on("console", (said) => {
      if (said.type() === "error" || said.type() === "warning") faults.push(`${said.text()} ${said.location().url}`);
    });
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(server.url)) faults.push(`asked elsewhere: ${request.url()}`);
    });
    page.on("dialog", (dialog) => {
      faults.push(`a lead's name ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(link);
    await page.getByText("Happening now").waitFor();
    if (path !== "/today") await page.goto(server.url + path);
    return { page, faults };
  }
  const live = (page: Page) => page.locator(".live-live").waitFor();
  const rows = (page: Page) => page.locator("[data-row]").allInnerTexts();
  const screen = async (page: Page, name: string) => {
    if (SCREENS !== undefined) await page.screenshot({ path: join(SCREENS, `${name}.png`) });
  };
  const say = (type: string, data: Parameters<typeof seedEvent>[4], lead = "lead_maya") =>
    seedEvent(open.database, lead, type, Date.now(), data).then(() => server.hub.hint(LOCATION, [lead]));

  test("shows what happens within 300 ms of its commit, without a reload", async () => {
    const { page, faults } = await visit("/today");
    await live(page);
    const waits: number[] = [];
    const lateness = watchTimers(0.95);
    await page.evaluate(`{
      window.lates = [];
      let before = performance.now();
      setInterval(() => {
        const now = performance.now();
        lates.push(Math.max(0, now - before - 20));
        before = now;
      }, 20);
    }`);
    for (let n = 0; n < 20; n++) {
      const title = `guide ${n} of 20`;
      // rows enter at most twice a second: these come more slowly, at any phase of it
      await page.waitForTimeout(620 + 37 * (n % 5));
      await page.mouse.move(5, 5);
      const seen = page.evaluate<number>(`new Promise((resolve) => {
        const look = () => {
          if (document.body.innerText.includes("${title}")) resolve(Date.now());
          else requestAnimationFrame(look);
        };
        look();
      })`);
      const at = Date.now();
      await say("document.downloaded", { document: title });
      waits.push((await seen) - at);
      await page.getByText(title).waitFor();
    }
    const late = Math.max(lateness(), quantile(await page.evaluate<number[]>("lates"), 0.95));
    waits.sort((a, b) => a - b);
    console.log(
      `commit to screen, 20 events: first ${waits[0]} ms, p50 ${waits[10]} ms, p75 ${waits[14]} ms, p95 ${waits[18]} ms; timers ${late.toFixed(1)} ms late`,
    );
    // a few may meet a moment at which others have the processors; where they have them all along, the quickest is the
    // house's own doing, but for what every timer is late
    const own = late > STARVED_MS ? waits[0]! - late : waits[14];
    expect(own).toBeLessThanOrEqual(300);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("answers why a text was sent within three clicks, and by the keyboard alone", async () => {
    const { page, faults } = await visit("/today");
    await page.getByRole("link", { name: "Maya Torres" }).first().click();
    await page.getByRole("heading", { name: "Maya Torres" }).waitFor();
    await page.locator("[data-row]", { hasText: "Text delivered" }).click();
    const panel = page.getByRole("dialog");
    await panel.getByText("Maya got this text because of “Buying signal”").waitFor();
    for (const label of ["Event", "Rule", "Score", "Workflow", "Permission", "Channel", "Provider"])
      await panel.getByText(label, { exact: true }).waitFor();
    await screen(page, "why-wide");
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await expect
      .poll(() => page.evaluate<string>(`document.activeElement.getAttribute("aria-label") ?? ""`))
      .toMatch(/^Why: Text delivered/);

    await page.goto(`${server.url}/today`);
    await page.locator("[data-row]").first().waitFor();
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press("j");
      const at = await page.evaluate<string>(`document.activeElement?.closest("[data-row]")?.textContent ?? ""`);
      if (at.startsWith("doneText to Maya") || at.includes("Text to Maya Torres delivered")) break;
    }
    await page.keyboard.press("w");
    await page.getByRole("dialog").getByText("Maya got this text").waitFor();
    expect(new URL(page.url()).searchParams.get("why")).toBe(town.sent);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(`document.activeElement?.closest('[role="dialog"]') !== null`)).toBe(true);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("tells what workflows told the team, and takes it away when it is read, by the keyboard too", async () => {
    const at = Date.now() - 60_000;
    const told = ["Call Maya about 14 Alder Court", "Rafael asked for <b>a person</b>", "Owen wants Saturday"];
    for (const [n, lead] of ["lead_maya", "lead_rafael", "lead_owen"].entries())
      await seedNotice(open.database, {
        lead,
        at: at + n,
        message: told[n] as string,
        users: n === 0 ? ["user_ana"] : [],
      });
    const { page, faults } = await visit("/today");
    const card = page.getByRole("region", { name: "Notices" });
    await card.waitFor();
    expect(await card.locator(".notice-text").allInnerTexts()).toEqual([...told].reverse());
    await card.getByText("for you · Hot lead").waitFor();
    expect(await card.getByText("for everybody · Hot lead").count()).toBe(2);

    await card.getByRole("button", { name: "Mark read: Owen Brandt" }).focus();
    await page.keyboard.press("Enter");
    await card.getByText("Owen wants Saturday").waitFor({ state: "detached" });
    const focused = () => page.evaluate<string>(`document.activeElement.getAttribute("aria-label") ?? ""`);
    expect(await focused()).toBe("Mark read: Rafael Castellanos");
    await page.keyboard.press("Enter");
    await card.getByText("Rafael asked").waitFor({ state: "detached" });
    expect(await focused()).toBe("Mark read: Maya Torres");
    await page.reload();
    await card.waitFor();
    expect(await card.locator(".notice-text").allInnerTexts()).toEqual([told[0]]);

    await seedNotice(open.database, { lead: "lead_priya", at: Date.now(), message: "Priya came back" });
    await card.getByText("Priya came back").waitFor();
    await card.getByRole("link", { name: "Maya Torres" }).click();
    await page.getByRole("heading", { name: "Maya Torres" }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test("patches a message's row in place as its fate is told", async () => {
    const { page, faults } = await visit("/leads/lead_owen");
    await live(page);
    const at = Date.now();
    const message = await seedMessage(open.database, {
      lead: "lead_owen",
      at,
      state: "queued",
      text: "Saturday at ten?",
    });
    await seedDecision(open.database, {
      lead: "lead_owen",
      at,
      kind: "message",
      verdict: "queued",
      message,
      links: [],
    });
    server.hub.hint(LOCATION, ["lead_owen"]);
    await page.getByText("Text about to go").waitFor();
    await moveMessage(open.database, message, "accepted", { acceptedAt: at + 10, deliveredAt: at + 20 });
    server.hub.hint(LOCATION, ["lead_owen"]);
    await page.getByText("Text about to go").waitFor({ state: "detached" });
    // what somebody wrote is in no frame: the page asks for it
    await page.getByText("Saturday at ten?").waitFor();
    expect((await rows(page)).filter((row) => row.includes("Saturday at ten?"))).toHaveLength(1);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("is after a cut of the socket what HTTP answers afresh", async () => {
    const { page } = await visit("/today");
    await live(page);
    for (let n = 0; n < 6; n++) {
      server.cut();
      for (const lead of ["lead_maya", "lead_lena", "lead_priya"])
        await say("search.saved", { query: `cut ${n}` }, lead);
    }
    const afresh = await visit("/today");
    await afresh.page.locator("[data-row]").first().waitFor();
    await page.mouse.move(5, 5);
    const answered = (await rows(afresh.page)).slice(0, 40);
    expect(answered.join()).toContain("cut 5");
    await expect.poll(async () => (await rows(page)).slice(0, 40)).toEqual(answered);
    await Promise.all([page.close(), afresh.page.close()]);
  });

  test("moves nothing under a reader's eyes while five hundred rows arrive", async () => {
    const { page, faults } = await visit("/today");
    await live(page);
    await page.locator("[data-row]").nth(6).hover();
    await page.evaluate(`{
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shifts.push(entry.value + " " + entry.sources.map((one) => (one.node?.className ?? one.node) + " " + JSON.stringify([one.previousRect, one.currentRect])).join());
      }).observe({ type: "layout-shift", buffered: false });
    }`);
    const place = () =>
      page
        .locator("[data-row]")
        .nth(6)
        .evaluate((row) => [row.getBoundingClientRect().top, row.textContent]);
    const before = await place();
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          seedEvent(open.database, "lead_tunde", "search.saved", Date.now(), { query: `many ${batch}-${n}` }),
        ),
      );
      server.hub.hint(LOCATION, ["lead_tunde"]);
      await page.waitForTimeout(150);
    }
    await page.getByRole("button", { name: /\d+\+? new/ }).waitFor();
    await page.waitForTimeout(500);
    expect(await place()).toEqual(before);
    const shifts = await page.evaluate<string[]>("window.shifts");
    expect(shifts).toEqual([]);
    await page.keyboard.press("n");
    await page.getByText("many 9-").first().waitFor();
    expect(await page.locator("[data-row]").count()).toBeLessThanOrEqual(200);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("holds still at a key, and goes on from there", async () => {
    const { page } = await visit("/today");
    await live(page);
    await page.keyboard.press(".");
    await page.getByText("Paused by you").waitFor();
    await say("search.saved", { query: "while held" });
    await page.waitForTimeout(700);
    expect(await page.getByText("while held").count()).toBe(0);
    await page.keyboard.press(".");
    await page.getByText("while held").waitFor();
    await page.close();
  });

  test("shows strangers' names as text, clipped, on every page", async () => {
    for (const lead of HOSTILE) {
      const { page, faults } = await visit(`/leads/${lead.id}`, { viewport: { width: 390, height: 844 } });
      await page.getByText("Timeline").waitFor();
      expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true);
      expect(faults).toEqual([]);
      await page.close();
    }
    const { page, faults } = await visit("/leads");
    await page.getByText("<img src=x onerror=alert(1)> <script>alert(2)</script>").waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test("lets nothing run under a time, leaves no figure alone in its line, and squeezes no notice on a phone", async () => {
    await say("website_visit", { url: `https://homes.example.com/${"a-very-long-path/".repeat(20)}` }, "lead_owen");
    await seedNotice(open.database, { lead: "lead_owen", at: Date.now() - 9, message: "Owen read of ten homes today" });
    const wide = await visit("/leads/lead_owen", { viewport: { width: 1280, height: 800 } });
    await wide.page.getByText("a-very-long-path").first().waitFor();
    const under = await wide.page.evaluate(`[...document.querySelectorAll(".timeline .row")].filter((row) => {
      const [text, time] = [row.querySelector(".clip"), row.querySelector("time")];
      return text.getBoundingClientRect().right > time.getBoundingClientRect().left;
    }).length`);
    expect(under).toBe(0);
    await wide.page.goto(`${server.url}/messages`);
    await wide.page.locator(".asides > div").first().waitFor();
    const tops = `[...document.querySelectorAll(".asides > div")].map((one) => one.getBoundingClientRect().top)`;
    expect(new Set(await wide.page.evaluate<number[]>(tops)).size).toBe(1);
    await wide.page.close();
    const { page, faults } = await visit("/today", { viewport: { width: 390, height: 844 } });
    await page.locator(".notice .row-text").first().waitFor();
    const widths = `[...document.querySelectorAll(".notice .row-text")].map((one) => one.clientWidth)`;
    expect(Math.min(...(await page.evaluate<number[]>(widths)))).toBeGreaterThan(250);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("finds a lead by what one types", async () => {
    const { page } = await visit("/leads");
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("lena");
    await expect.poll(() => page.locator("[data-row]").count()).toBe(1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Lena Fischer" }).waitFor();
    await page.goto(`${server.url}/leads?q=zzz`);
    await page.getByText("No leads begin with “zzz”.").waitFor();
    await page.getByRole("link", { name: "Clear" }).click();
    await page.getByText("Maya Torres").waitFor();
    await page.close();
  });

  test("says at once of a lead or a decision that is not there that there is none, and asks once", async () => {
    const { page } = await visit("/leads");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    for (const lead of ["lead_nobody", "not%20an%20id"]) {
      asked.length = 0;
      await page.goto(`${server.url}/leads/${lead}`);
      await page.getByText("There is no such lead here, or not any more.").waitFor();
      expect(asked.filter((path) => path.endsWith(`/leads/${lead}`) && path.startsWith("/v1"))).toHaveLength(1);
      expect(await page.locator(".bones").count()).toBe(0);
    }
    const none = "00000000-0000-8000-8000-000000000000";
    await page.goto(`${server.url}/today?why=${none}`);
    await page.getByRole("dialog").getByText("There is no such decision here, or not any more.").waitFor();
    expect(asked.filter((path) => path.endsWith(none))).toHaveLength(1);
    await page.close();
  });

  test("shows times by the team's clock, with am and pm, and names it to a reader elsewhere", async () => {
    const there = (at: string, options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat("en-US", { ...options, timeZone: ZONE }).format(Date.parse(at)).toLowerCase();
    const minutes = { hour: "numeric", minute: "2-digit" } as const;
    const stamps = (page: Page, within: string) =>
      page
        .locator(`${within} time`)
        .evaluateAll((all) =>
          all.map((one) => [one.getAttribute("datetime"), one.textContent, one.getAttribute("title")]),
        );
    const plain = (text: string | null | undefined) => (text ?? "").replaceAll("\u202f", " ");
    // a German in Berlin reads what an American in Chicago reads
    const away = { timezoneId: "Europe/Berlin", locale: "de-DE" };
    const { page, faults } = await visit("/leads/lead_maya", away);
    await page.locator(".timeline ol time").first().waitFor();
    for (const [at, text, title] of await stamps(page, ".timeline ol")) {
      expect(plain(text)).toBe(plain(there(at as string, minutes)));
      expect(title).toMatch(/ [ap]m Central · (\w{3} )?\d+:\d\d [ap]m Central European, your time$/);
    }
    const label = page.locator(".head").getByText("Central time");
    expect(await label.getAttribute("title")).toMatch(
      /^Times are the team's: Central \(America\/Chicago\), now .* Yours: Central European, /,
    );
    await page.goto(`${server.url}/today`);
    await page.locator("[data-row] time").first().waitFor();
    for (const [at, text] of await stamps(page, "[data-row]"))
      expect(plain(text)).toBe(plain(there(at as string, { ...minutes, second: "2-digit" })));
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true);
    await screen(page, "elsewhere-phone");
    expect(faults).toEqual([]);
    await page.close();
    const home = await visit("/leads/lead_maya", { timezoneId: ZONE });
    await home.page.locator(".timeline ol time").first().waitFor();
    expect(await home.page.getByText("Central time").count()).toBe(0);
    for (const [, , title] of await stamps(home.page, ".timeline ol")) expect(title).toMatch(/ [ap]m Central$/);
    await home.page.close();
  });

  test("tells of a risk of going cold why, and what there is to do about it", async () => {
    const body: Body = { kind: "churn", ...churnOf() };
    const now = Date.now();
    const act = { v: 1, came: now - 60 * DAY, last: { act: now - 28 * DAY } };
    await open.database.transaction([LOCATION], async (sql) => {
      const { id } = await keepChallenger(sql, LOCATION, newModel(body), now);
      await crown(sql, LOCATION, id, { by: "Ada", why: "test", now, replaced: null });
      const model = `rules-1 +${id.slice(0, 12)}`;
      await sql.query(
        `update lead_state set data = data || jsonb_build_object('tally', $3::jsonb, 'score', data->'score' || $4::jsonb)
          where location_id = $1 and lead_id = $2`,
        [LOCATION, "lead_maya", JSON.stringify(act), JSON.stringify({ model, churn: 0.731 })],
      );
    });
    const { page, faults } = await visit("/leads/lead_maya", { bypassCSP: true });
    const risk = page.getByRole("region", { name: "Going cold" });
    await risk.getByText("73 of 100 like this go cold within 30 days. Risk: high.").waitFor();
    await risk.getByText("quiet for 28 days").waitFor();
    const doing = await risk.locator(".doing li").allInnerTexts();
    expect(doing[0]).toMatch(/^Call the lead\s+by .*\s+its effect is not measured$/);
    expect(doing[1]).toContain("for how long it has been quiet");
    await page.addScriptTag({ path: AXE });
    expect(await page.evaluate<string[]>("axe.run().then(({ violations }) => violations.map(({ id }) => id))")).toEqual(
      [],
    );
    await screen(page, "risk");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("says of a lead that no model speaks of how long it is quiet, and nothing of one that was never scored", async () => {
    await open.database.transaction([LOCATION], (sql) =>
      sql
        .query("delete from model where location_id = $1", [LOCATION])
        .then(() =>
          sql.query(
            `update lead_state set data = jsonb_set(data, '{score,model}', '"rules-1"') where location_id = $1 and lead_id = $2`,
            [LOCATION, "lead_maya"],
          ),
        ),
    );
    const { page, faults } = await visit("/leads/lead_maya");
    const risk = page.getByRole("region", { name: "Going cold" });
    await risk.getByText("Quiet for 28 days.").waitFor();
    await risk.getByText("Too few leads of yours tell how such a silence goes on.").waitFor();
    await page.goto(`${server.url}/leads/lead_owen`);
    await page.getByText("Too new to score.").waitFor();
    expect(await page.getByRole("region", { name: "Going cold" }).count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("says when it is cut off, and when it is back", async () => {
    const { page } = await visit("/today");
    await live(page);
    await page.context().setOffline(true);
    server.cut();
    await page.getByText("Reconnecting").waitFor();
    await page.context().setOffline(false);
    await live(page);
    await page.close();
  });

  test("asks a stranger to sign in, and lets a key in", async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/today?key=used-before`);
    await page.getByText("This key opens nothing.").waitFor();
    expect(page.url()).not.toContain("key=");
    await page.getByLabel("API key").fill("lk.test");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Happening now").waitFor();
    const refused = await fetch(`${server.url}/v1/locations/${LOCATION}/feed`);
    expect(refused.status).toBe(401);
    await page.close();
  });

  test("says whether a model can be trusted, what drives it and whether it is fair, and lives while it trains", async () => {
    const audit: AuditFigures = {
      ...{ model: "model 0123456789ab", n: 2_310, groups: 2, calibrated: { groups: 2, asSaid: 2 }, standIns: 0 },
      cuts: [{ name: "hot", ratio: { value: 0.91, low: 0.84, high: 0.98 }, below: false, sure: true }],
    };
    const drivers = [
      { group: "homes", meanAbs: 1.3 },
      { group: "silence", meanAbs: 0.6 },
    ];
    const { metrics, ...model } = newModel(chanceBody(-2));
    const at = Date.now() - 3_600_000;
    const champion = await open.database.transaction([LOCATION], async (sql) => {
      const { id } = await keepChallenger(sql, LOCATION, { ...model, metrics: { ...metrics, drivers } }, at);
      await crown(sql, LOCATION, id, { by: "Ana", why: "it is better", now: at, replaced: null });
      await saveAudit(sql, LOCATION, at, audit);
      return id;
    });
    const { page, faults } = await visit("/models");
    await page.getByText("Of 200 leads shown about 10%").waitFor();
    const card = (name: string) => page.getByRole("region", { name });
    expect(await card("What drives it").locator(".row").allInnerTexts()).toEqual([
      expect.stringMatching(/the homes it looks at\s+strong/),
      expect.stringMatching(/how long it has been quiet\s+clear/),
    ]);
    await card("Is it fair?").getByText("0.91").waitFor();
    await card("Is it fair?").getByText("Another model scored then.").waitFor();
    await live(page);
    await screen(page, "models-wide-light");

    // asked of nobody by the page: what is committed elsewhere is told to it
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const training = { id: idFrom("training of the test"), kind: "chance", by: "the schedule" } as const;
    await open.database.transaction([LOCATION], async (sql) => {
      await openTraining(sql, LOCATION, { ...training, now: Date.now(), real: Date.now() });
      const progress = { phase: "learning", rows: 900, share: 0.5 } as const;
      await keepTraining(sql, LOCATION, training.id, { progress, real: Date.now() });
    });
    await page.getByText("Learning from 900 rows").waitFor();
    expect(asked.filter((path) => path.endsWith("/models"))).toEqual([]);
    await open.database.transaction([LOCATION], async (sql) => {
      await endTraining(sql, LOCATION, training.id, { outcome: "same", detail: "It was the same.", now: Date.now() });
      await retire(sql, LOCATION, champion, { by: "Ana", why: "taken back", now: Date.now() });
    });
    await page.getByText("It was the same.").waitFor();
    await page.getByText("Still learning").waitFor();
    expect(await card("What drives it").count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("lets an owner choose what the chance foretells, by the keyboard, and says what is missing; an agent has no choice", async () => {
    const at = async (role: "owner" | "manager" | "agent", options: Parameters<Browser["newPage"]>[0] = {}) => {
      const { page, faults } = await visit("/models", { bypassCSP: true, ...options }, server.link(role));
      const card = page.getByRole("region", { name: "Trainings" });
      await card.waitFor();
      return { page, faults, card, choices: card.getByRole("button", { name: "Train with a choice" }) };
    };
    const agent = await at("agent");
    await agent.page.getByText("Still learning").waitFor();
    expect(await agent.card.getByRole("button").count()).toBe(0);
    expect(await agent.card.getByRole("radio").count()).toBe(0);
    expect(agent.faults).toEqual([]);
    await agent.page.close();

    const manager = await at("manager");
    await manager.choices.click();
    const file = manager.card.getByLabel("Groups, to judge fairness by");
    expect(await manager.card.getByRole("radio").count()).toBe(0);
    await file.setInputFiles({ name: "groups.csv", mimeType: "text/csv", buffer: Buffer.from("lead,group\na,b\n") });
    await manager.card.getByRole("button", { name: "Train", exact: true }).click();
    await manager.card.getByText('expected a heading with the columns "contact" and "group".').waitFor();
    await manager.card.getByText("Nothing was changed, and no training has begun.").waitFor();
    expect(await file.getAttribute("aria-invalid")).toBe("true");
    const large = Buffer.alloc(6_000_001, "x");
    await file.setInputFiles({ name: "groups.csv", mimeType: "text/csv", buffer: large });
    await manager.card.getByRole("button", { name: "Train", exact: true }).click();
    await manager.card.getByText("This file is larger than what is taken.").waitFor();
    // the browser itself complains of the answer that refused
    expect(manager.faults.filter((fault) => !fault.includes("status of 400"))).toEqual([]);
    await manager.page.close();

    const { page, faults, card, choices } = await at("owner", { reducedMotion: "reduce" });
    await choices.focus();
    await page.keyboard.press("Enter");
    await card.getByLabel("An appointment").focus();
    await page.keyboard.press("ArrowDown");
    expect(await card.getByLabel("A deal won").isChecked()).toBe(true);
    await card.getByText(/^Needs 200 leads whose 180 days are over, 30 of whom came to a won deal/).waitFor();
    await card.getByText(/^Nobody's score changes by it/).waitFor();
    await page.addScriptTag({ path: AXE });
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await card.getByRole("button", { name: "Change it and train" }).scrollIntoViewIfNeeded();
      await screen(page, `models-choice-${colorScheme}`);
      const found = await page.evaluate<string[]>(
        "axe.run().then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes.map(({ html }) => html)))",
      );
      expect(found, colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await card.getByRole("button", { name: "Change it and train" }).scrollIntoViewIfNeeded();
    await screen(page, "models-choice-phone");
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const days = card.getByLabel("Within how many days");
    const before = await card.getByRole("listitem").count();
    await days.fill("18");
    await page.keyboard.press("Enter");
    await card.getByText("expected days from 60 to 365").waitFor();
    expect(await card.getByRole("listitem").count()).toBe(before);
    await days.fill("180");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Deal won within 180 days" }).waitFor();
    await card.getByText(/: see below\.$/).waitFor();
    await card
      .getByText(/^Too little to learn from: \d+ of 200 outcomes, \d+ of 30 that came to a won deal\./)
      .waitFor();
    await card.getByText(/by Ana Ruiz · a deal won within 180 days$/).waitFor();

    // the way back says what it costs before it is gone
    await choices.click();
    await card.getByLabel("An appointment").check();
    await card
      .getByText(/^The log is kept for 720 days .* older than 400 days is deleted within ten minutes, for good/)
      .waitFor();
    const groups = card.getByLabel("Groups, to judge fairness by");
    await groups.setInputFiles({ name: "groups.csv", mimeType: "text/csv", buffer: Buffer.from("nothing") });
    await card.getByRole("button", { name: "Change it and train" }).click();
    await card.getByText("Nothing was changed, and no training has begun.").waitFor();
    await page.getByRole("button", { name: "Deal won within 180 days" }).waitFor();
    expect(await card.getByLabel("An appointment").isChecked()).toBe(true);
    await groups.setInputFiles([]);
    await card.getByRole("button", { name: "Change it and train" }).click();
    await page.getByRole("button", { name: "Booking within 30 days" }).waitFor();
    await card.getByText(/^Too little to learn from: \d+ of 200 outcomes, \d+ of 30 that came\./).waitFor();

    // what another owner chooses while the form is open is not taken back by who chose nothing
    const asked: string[] = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    const another = (aim: object) =>
      page.evaluate(
        `fetch("/v1/locations/${LOCATION}/models/foretells", { method: "POST", headers: { "content-type": "application/json" }, body: '${JSON.stringify(aim)}' })`,
      );
    const isChoice = (line: string) => line.endsWith("/models/foretells");
    await choices.click();
    await another({ outcome: "won", days: 180 });
    await page.getByRole("button", { name: "Deal won within 180 days" }).waitFor();
    await card.getByRole("button", { name: "Train", exact: true }).click();
    await card.getByText(/: see below\.$/).waitFor();
    await card
      .getByText(/by Ana Ruiz · a deal won within 180 days$/)
      .nth(1)
      .waitFor();
    expect(asked.filter(isChoice)).toHaveLength(1);
    await another({ outcome: "appointment" });
    await page.getByRole("button", { name: "Booking within 30 days" }).waitFor();
    expect(faults.filter((fault) => !fault.includes("status of 400"))).toEqual([]);
    await page.close();
  });

  test("says above the workflows which file does not run as it is written, and why", async () => {
    const message = '"Adults only" states a preference that fair housing law forbids.';
    const error = { line: 3, column: 9, severity: "error", code: "forbidden-words", message } as const;
    server.files = {
      diagnostics: [{ file: "workflows/hello.yaml", ...error }],
      held: [{ file: "workflows/hello.yaml", runs: true }],
    };
    const { page, faults } = await visit("/workflows");
    const card = page.getByRole("region", { name: "Files that are not right" });
    await card.getByText("it runs as it was last good").waitFor();
    await card.getByText(`Line 3, column 9: ${message}`).waitFor();
    await screen(page, "files-wide-light");
    server.files = { diagnostics: [], held: [] };
    await page.reload();
    await page.locator(".flow").first().waitFor();
    expect(await card.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("shows who stands where in a workflow, and holds it when a person has said so twice", async () => {
    const text = `workflow: hot_lead
name: Hot lead
steps: [{ id: booked, wait: 1d }, { end: done }]`;
    const sources = [{ file: "hot-lead.yaml", text }];
    const { content, diagnostics } = compile(sources);
    if (content === undefined) throw new Error(JSON.stringify(diagnostics));
    await open.database.transaction([LOCATION], (sql) =>
      publish(sql, LOCATION, { content, sources, at: Date.now(), by: "test" }),
    );
    const { page, faults } = await visit("/workflows");
    const row = page.locator(".flow", { hasText: "Hot lead" });
    await row.getByText("1 person under way").waitFor();
    expect(await row.locator("code").textContent()).toBe(content.plans[0]?.id.slice(0, 12));
    await row.getByText("Steps, and who is where").click();
    expect(await row.locator(".standing").textContent()).toMatch(/booked\s+1/);
    const drawing = row.getByRole("img", { name: "The steps of Hot lead, drawn" });
    await expect
      .poll(() => drawing.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(300);

    const focused = () => page.evaluate<string>("document.activeElement.innerText");
    await row.getByRole("button", { name: "Pause: Hot lead" }).focus();
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("Leave it");
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("Pause");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await screen(page, "pause-asked-wide-light");
    await page.keyboard.press("Enter");
    await row.getByText("takes nobody in · 1 person under way").waitFor();
    await page.getByText("Pause: Hot lead").waitFor();
    await page.getByText("0 of 1 · by Ana Ruiz").waitFor();
    expect(await focused()).toBe("Resume");
    await row.getByRole("button", { name: "Resume: Hot lead" }).click();
    await row.getByRole("button", { name: "Resume it" }).click();
    await row.getByText("live · 1 person under way").waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test("shows how each team is connected, what to do about it, and takes a private integration's token", async () => {
    const { page, faults } = await visit("/settings");
    const card = page.getByRole("region", { name: "Connection" });
    await card.getByText("Its key is renewed by itself in 19h").waitFor();
    const lost = card.locator("li", { hasText: "Northgate Team" });
    await lost.getByText("Messages wait until it is connected again.").waitFor();
    await lost.getByText("Not allowed in the CRM: contacts.write").waitFor();
    expect(await lost.getByRole("link", { name: "Connect again" }).getAttribute("href")).toBe("/oauth/install");
    expect(await card.locator("li", { hasText: "Brightwater Homes" }).getByRole("link").count()).toBe(0);

    for (const name of ["Id of the business account", "Token"]) {
      await card.getByLabel(name).focus();
      const drawn = await page.evaluate<string>(
        "`${getComputedStyle(document.activeElement).borderTopWidth} ${document.activeElement.clientHeight >= 36}`",
      );
      expect(drawn, name).toBe("1px true");
    }
    await screen(page, "connection");
    const bright = card.locator("li", { hasText: "Brightwater Homes" });
    await bright.getByRole("button", { name: "Disconnect: Brightwater Homes" }).click();
    await bright
      .getByText("Nothing is sent any more, its keys are wiped, and the CRM is told. Its data stays.")
      .waitFor();
    await bright.getByRole("button", { name: "Keep it" }).click();
    await card.getByLabel("Id of the business account").fill(LOCATION);
    await card.getByLabel("Token").fill("pit-of-somebody-else");
    await card.getByRole("button", { name: "Connect", exact: true }).click();
    await card.getByText("That was refused: The CRM does not open it with this token.").waitFor();
    await card.getByLabel("Token").fill("pit-that-opens-it");
    await card.getByRole("button", { name: "Connect", exact: true }).click();
    await card.getByText("Its key does not end by itself.").waitFor();
    expect(await card.getByLabel("Token").inputValue()).toBe("");
    const harbor = card.locator("li", { hasText: "Harbor Street" });
    await harbor.getByRole("button", { name: "Disconnect: Harbor Street" }).click();
    await harbor.getByRole("button", { name: "Disconnect it" }).click();
    await harbor.getByText("It was disconnected here.").waitFor();
    await harbor.getByText("The CRM did not let us take the app out of the account.").waitFor();
    expect(await harbor.getByRole("button").count()).toBe(0);
    // the browser itself complains of the answer that refused
    expect(faults.filter((fault) => !fault.includes("status of 400"))).toEqual([]);
    await page.close();
  });

  test("shows what binds and where it is from, and lets a manager narrow it, an owner all of it, others read", async () => {
    const open = async (role: "owner" | "manager" | "viewer") => {
      const { page, faults } = await visit("/settings", { bypassCSP: true }, server.link(role));
      const card = page.getByRole("region", { name: "Quiet hours and limits" });
      await card.getByText("Quiet hours: 21:00-08:00").waitFor();
      return { page, faults, card, save: card.getByRole("button", { name: "Save" }) };
    };
    const { page, faults, card, save } = await open("manager");
    await card.getByText(/^Texts and calls: Mon to Sat 09:00-20:00, Sun 12:00-20:00/).waitFor();
    await card
      .getByText(/^Careful pack, tables of \d{4}-\d\d-\d\d$/)
      .first()
      .waitFor();
    await card.getByText("Email: at any hour").waitFor();
    expect(await card.getByText("set in the workflows' folder").count()).toBe(2);
    expect(await card.getByLabel("Rules pack").count()).toBe(0);

    const quiet = card.getByLabel("Quiet hours", { exact: true });
    await quiet.fill("9pm-8am");
    await card.getByLabel("Text", { exact: true }).fill("many");
    await save.click();
    await card.getByText('expected hours of the day, as "21:00-08:00"').waitFor();
    await card.getByText('expected at most 50 in a window, as "2 per 24h"').waitFor();
    await card.getByText("Nothing is saved: see above.").waitFor();
    expect(await quiet.getAttribute("aria-invalid")).toBe("true");
    await page.addScriptTag({ path: AXE });
    expect(await page.evaluate<string[]>("axe.run().then(({ violations }) => violations.map(({ id }) => id))")).toEqual(
      [],
    );
    await quiet.fill("20:00 - 9:00");
    await card.getByLabel("Text", { exact: true }).fill("");
    await card.getByLabel("All channels together").fill("2 per 24h");
    await card.getByLabel("Email keeps the quiet hours, too").check();
    await save.click();
    await card.getByText("Saved. It holds within seconds.").waitFor();
    for (const line of ["Quiet hours: 20:00-09:00", "Email: keeps the quiet hours, too"])
      await card.getByText(line, { exact: true }).waitFor();
    await card.getByText("All channels together: at most 2 per 24h").waitFor();
    expect(await quiet.inputValue()).toBe("20:00-09:00");
    await screen(page, "rules");
    // the browser itself complains of the answer that refused
    expect(faults.filter((fault) => !fault.includes("status of 400"))).toEqual([]);
    await page.close();

    const owner = await open("owner");
    await owner.card.getByLabel("Rules pack").selectOption("statute");
    await owner.card.getByLabel("Quiet hours", { exact: true }).fill("");
    await owner.save.click();
    await owner.card.getByText(/Have counsel approve it\.$/).waitFor();
    await owner.card.getByText(/^Statute pack, tables of .*, set here$/).waitFor();
    expect(await owner.card.getByText("Quiet hours: 20:00-09:00", { exact: true }).count()).toBe(0);
    expect(owner.faults).toEqual([]);
    await owner.page.close();

    const viewer = await open("viewer");
    await viewer.card.getByText("All channels together: at most 2 per 24h").waitFor();
    await viewer.card.getByText("Managers and owners change what is set here.").waitFor();
    expect(await viewer.card.getByRole("textbox").count()).toBe(0);
    expect(await viewer.card.getByRole("button").count()).toBe(0);
    expect(viewer.faults).toEqual([]);
    await viewer.page.close();
  });

  test("shows what became of messages, and lets a person settle one that nobody can tell of, by the keyboard", async () => {
    const at = Date.now();
    const counted = (metric: string, channel: string, amount: number) => ({
      metric,
      ...{ dimension: `${channel}/hot_lead/hot_hello`, amount },
    });
    await open.database.transaction([LOCATION], (sql) =>
      saveDeltas(sql, LOCATION, at, [
        counted("fate.decided", "", 40),
        counted("fate.accepted", "", 38),
        counted("fate.delivered", "", 19),
        counted("fate.replied", "", 3),
        counted("funnel.decided", "email", 40),
        counted("funnel.bounced", "email", 2),
        counted("funnel.accepted", "email", 38),
        counted("funnel.decided", "sms", 2),
        counted("funnel.accepted", "sms", 2),
        counted("funnel.delivered", "sms", 1),
      ]),
    );
    const message = await seedMessage(open.database, {
      lead: "lead_priya",
      at,
      state: "undecided",
      text: "Did it arrive?",
    });
    const { page, faults } = await visit("/messages");
    const funnel = page.getByRole("region", { name: "What became of them" });
    await funnel.getByText("95% of 40 decided").waitFor();
    await funnel.getByText("50% of 38 sent").waitFor();
    // nineteen are too few for a share
    expect(await funnel.getByText("of 19 delivered", { exact: true }).count()).toBe(3);
    await page.getByRole("region", { name: "Held now" }).getByText("waiting").first().waitFor();
    const table = page.getByRole("table");
    const figures = table.getByRole("row", { name: /^Text/ }).getByRole("cell");
    expect(await figures.allTextContents()).toEqual(["2", "1", "0", "0"]);
    await table.getByRole("columnheader", { name: "Attempts sent" }).waitFor();
    await page.getByRole("button", { name: "Template" }).click();
    const template = table.getByRole("row", { name: /hot hello/i }).getByRole("cell");
    await table.getByRole("columnheader", { name: "Messages sent" }).waitFor();
    expect(await template.allTextContents()).toEqual(["38", "19", "3", "0"]);
    await page.getByRole("combobox", { name: "Channel" }).selectOption("email");
    const attempts = page.getByRole("region", { name: "What became of attempts on this channel" });
    await attempts.getByText("95% of 40 tried").waitFor();
    await page.getByRole("combobox", { name: "Channel" }).selectOption("");

    const unsettled = page.getByRole("region", { name: "Did these arrive?" });
    await unsettled.getByRole("button", { name: "It arrived: Text to Priya Nair" }).focus();
    await page.keyboard.press("Enter");
    await unsettled.getByText("Noted: it arrived.").waitFor();
    expect(server.settled).toEqual([`${message} sent`]);
    await moveMessage(open.database, message, "accepted", {});
    await unsettled.getByText("Priya Nair").waitFor({ state: "detached" });

    await page.getByLabel("State").selectOption("held");
    await expect.poll(() => new URL(page.url()).searchParams.get("state")).toBe("held");
    const list = page.getByRole("region", { name: "Messages", exact: true });
    await list.getByText("Lena Fischer").waitFor();
    expect(await list.getByText("Maya Torres").count()).toBe(0);
    await page.getByLabel("State").selectOption("");
    await page.keyboard.press("Escape");
    await list.getByText("Maya Torres").first().waitFor();
    await list.locator("[data-row]", { hasText: "Maya Torres" }).first().getByText("Details").click();
    await list.locator("details[open] .legs").waitFor();
    await page.evaluate("document.activeElement?.blur()");
    const standsAt = () => page.evaluate<string>(`document.activeElement?.closest("[data-row]")?.textContent ?? ""`);
    for (let n = 0; n < 30 && !(await standsAt()).includes("Maya Torres"); n++) await page.keyboard.press("j");
    await page.keyboard.press("w");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("asks a person what unclear words meant, from Now to the lead's page, and takes yes only when confirmed", async () => {
    const event = idFrom("test", "unclear");
    const at = Date.now() - 3 * 3_600_000;
    const hold = { family: "phone", address: "+15125550105" } as const;
    const learn = (said: Pick<Parameters<typeof saveAddressChanges>[2][number], "optOut" | "goOn">) =>
      open.database.transaction([LOCATION], (sql) =>
        saveAddressChanges(sql, LOCATION, [{ ...hold, ...said }], ADDRESS_KEY),
      );
    await open.database.transaction([LOCATION], (sql) =>
      sql.query(
        `insert into outbox (location_id, outbox_id, lead_id, kind, path, lane, priority, channels, place, state, created_at, body)
         values ($1, $2, 'lead_tunde', 'task', 'words', 2, 50, '{}', 0, 'accepted', $3, '{}')`,
        [LOCATION, askedBy(event), new Date(at)],
      ),
    );
    await learn({ optOut: { by: "words", rule: "unclear", matched: "no more <b>please</b>", event, askedAt: at } });

    const { page, faults } = await visit("/today");
    const row = page.getByRole("region", { name: "Needs a person" }).locator("li", { hasText: "Tunde Okafor" });
    await row.getByText("May have asked us to stop: “no more <b>please</b>”.").waitFor();
    await row.getByRole("link", { name: "Tunde Okafor" }).click();
    const card = page.getByRole("region", { name: "May we contact now?" });
    await card
      .getByText(/^Since .* nothing goes to their number: “no more <b>please<\/b>” may have asked us/)
      .waitFor();
    await screen(page, "unclear");
    await card.getByRole("button", { name: "They opted out" }).click();
    await card.getByRole("button", { name: "Leave it" }).click();
    expect(server.judged).toEqual([]);
    await card.getByRole("button", { name: "They did not" }).click();
    await card.getByRole("button", { name: "Yes, go on" }).click();
    await card.getByText("Noted. It takes effect in a moment.").waitFor();
    expect(server.judged).toEqual([`lead_tunde phone go_on ${event}`]);
    await learn({ goOn: true });
    await card.getByText("Noted.").waitFor({ state: "detached" });
    await page.goto(`${server.url}/today`);
    await page.getByText("Happening now").waitFor();
    expect(await page.getByText("May have asked us to stop").count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();

    // no turn takes it: the lead is not asked for without end
    await learn({ optOut: { by: "words", rule: "unclear", matched: "no more <b>please</b>", event, askedAt: at } });
    const again = await visit("/leads/lead_tunde");
    const words = again.page.getByRole("region", { name: "May we contact now?" });
    await words.getByRole("button", { name: "They did not" }).click();
    await again.page.clock.install();
    await words.getByRole("button", { name: "Yes, go on" }).click();
    await words.getByText("Noted. It takes effect in a moment.").waitFor();
    // its timer is set with the one whose time is made to pass
    await again.page.waitForRequest((request) => new URL(request.url()).pathname.endsWith("/leads/lead_tunde"));
    await again.page.clock.fastForward(31_000);
    await words.getByText("Noted, and not in effect yet. Look again later.").waitFor();
    await learn({ goOn: true });
    await again.page.close();
  });

  test("lets a manager say that a number is good which refusals had closed, and nobody below", async () => {
    const values = { when: Date.now() - DAY, detail: "bad_address 400: Invalid phone number" };
    server.rights = [{ channel: "sms", state: "off", code: "address.bad", values }];
    const before = server.judged.length;
    const card = (page: Page) => page.getByRole("region", { name: "May we contact now?" });
    const agent = await visit("/leads/lead_tunde", {}, server.link("agent"));
    await card(agent.page).getByText("The number was refused").waitFor();
    expect(await agent.page.getByRole("button", { name: "It is good: write again" }).count()).toBe(0);
    const { page, faults } = await visit("/leads/lead_tunde", {}, server.link("manager"));
    await card(page).getByRole("button", { name: "It is good: write again" }).click();
    await card(page).getByText("Noted. It takes effect in a moment.").waitFor();
    expect(server.judged.slice(before)).toEqual(["lead_tunde phone reopen"]);
    server.rights = [];
    expect([...faults, ...agent.faults]).toEqual([]);
    await Promise.all([page.close(), agent.page.close()]);
  });

  test("lets a manager lift an opt-out that was judged, with a reason, an instant and what shows it, and no agent", async () => {
    const about = { family: "phone", address: "+15125550105" } as const;
    const save = (change: object) =>
      open.database.transaction([LOCATION], (sql) =>
        saveAddressChanges(sql, LOCATION, [{ ...about, ...change }], ADDRESS_KEY),
      );
    const left = Date.now() - 3 * 3_600_000;
    await save({ optedOutAt: left, optOut: { by: "person", matched: "Ana Ruiz" } });
    server.judged.length = 0;
    const lift = "Lift the opt-out of their number";
    const agent = await visit("/leads/lead_tunde", {}, server.link("agent"));
    const seen = agent.page.getByRole("region", { name: "May we contact now?" });
    await seen.getByRole("listitem").first().waitFor();
    expect(await seen.getByRole("button", { name: lift }).count()).toBe(0);
    expect(agent.faults).toEqual([]);
    await agent.page.close();

    const { page, faults } = await visit("/leads/lead_tunde", {}, server.link("manager"));
    const card = page.getByRole("region", { name: "May we contact now?" });
    await card.getByRole("button", { name: lift }).click();
    await card.getByRole("button", { name: "Leave it" }).click();
    await card.getByRole("button", { name: lift }).click();
    await card.getByLabel("Why").selectOption("asked_by_phone");
    await card.getByRole("button", { name: "Yes, lift it" }).click();
    expect(server.judged).toEqual([]); // without an instant and what shows it, it is not asked
    await card.getByLabel("When they asked").fill("2026-03-02T14:30");
    await card.getByLabel("What shows it").fill("a call, Ana heard it");
    await screen(page, "lift");
    await card.getByRole("button", { name: "Yes, lift it" }).click();
    await card.getByText("Noted. It takes effect in a moment.").waitFor();
    const asked = await page.evaluate<string>(`new Date("2026-03-02T14:30").toISOString()`);
    expect(server.judged).toEqual([`lead_tunde phone asked_by_phone ${asked} a call, Ana heard it`]);
    await save({ takes: { kinds: ["person"], at: Date.now() } });
    await card.getByText("Noted.").waitFor({ state: "detached" });
    expect(faults).toEqual([]);
    await page.close();
  });

  test.each([320, 390, 800, 1100])("cuts no page's name in the bar of a screen of %d px", async (width) => {
    const { page, faults } = await visit("/today", { viewport: { width, height: 844 } });
    await page.getByText("Happening now").waitFor();
    const cut = () =>
      page.evaluate(`[...document.querySelectorAll(".rail .place span")]
        .filter((one) => getComputedStyle(one).position === "static" && one.scrollWidth > one.clientWidth)
        .map((one) => one.textContent)`);
    expect(await cut()).toEqual([]);
    expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true);
    expect(await page.getByRole("navigation", { name: "Pages" }).getByText("Settings").count()).toBe(
      width < 640 ? 0 : 1,
    );
    expect(faults).toEqual([]);
    await page.close();
  });

  test("keeps the other pages behind More on a phone", async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, bypassCSP: true };
    const { page, faults } = await visit("/today", phone);
    const bar = page.getByRole("navigation", { name: "Pages" });
    expect(await bar.locator(".place").allTextContents()).toEqual(["Now", "Leads", "Workflows", "Messages", "More"]);
    const more = bar.getByRole("button", { name: "More" });
    await more.tap();
    const sheet = page.getByRole("dialog", { name: "More" });
    expect(await sheet.locator(".place").allTextContents()).toEqual(["Models", "System", "Settings", "Colors"]);
    await page.addScriptTag({ path: AXE });
    expect(
      await page.evaluate(`axe.run().then(({ violations }) => violations.map((one) => one.id + ": " + one.help))`),
    ).toEqual([]);
    await screen(page, "more-phone");
    // the colors are tried with the sheet open
    await sheet.getByRole("button", { name: /^Colors/ }).tap();
    await sheet.getByRole("button", { name: "Colors: Light" }).waitFor();
    await sheet.getByRole("link", { name: "System" }).tap();
    await page.getByRole("heading", { name: "System" }).waitFor();
    await sheet.waitFor({ state: "detached" });
    expect(await more.getAttribute("class")).toBe("place here");
    await more.tap();
    expect(await sheet.getByRole("link", { name: "System" }).getAttribute("aria-current")).toBe("page");
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
    await page.close();
  });

  test("stands still for those who ask for less motion", async () => {
    for (const reducedMotion of ["no-preference", "reduce"] as const) {
      const { page } = await visit(`/today?why=${town.sent}`, { reducedMotion });
      await page.locator(".chain").waitFor();
      const moving =
        await page.evaluate<number>(`[...document.querySelectorAll("*")].map((one) => getComputedStyle(one))
        .filter((one) => (one.animationName !== "none" && one.animationDuration !== "0s") || one.transitionDuration !== "0s")
        .length`);
      if (reducedMotion === "reduce") expect(moving).toBe(0);
      else expect(moving).toBeGreaterThan(0);
      await page.close();
    }
  });

  const places = [
    ["today", "/today"],
    ["leads", "/leads"],
    ["lead", "/leads/lead_maya"],
    ["workflows", "/workflows"],
    ["messages", "/messages"],
    ["models", "/models"],
    ["system", "/system"],
    ["settings", "/settings"],
  ] as const;
  const sizes = [
    ["wide", { width: 1440, height: 900 }],
    ["compact", { width: 1100, height: 700 }],
    ["phone", { width: 390, height: 844 }],
  ] as const;

  test.each(["light", "dark"] as const)("passes axe on every page, wide and on a phone, %s", async (colorScheme) => {
    for (const [size, viewport] of sizes) {
      const phone = size === "phone";
      const { page, faults } = await visit("/today", {
        viewport,
        colorScheme,
        isMobile: phone,
        hasTouch: phone,
        bypassCSP: true,
      });
      const asked = [
        ...places,
        ["why", `/leads/lead_maya?why=${town.sent}`],
        ["held", `/today?why=${town.held}`],
        ["refused", `/today?why=${town.blocked}`],
      ] as const;
      for (const [name, path] of asked) {
        await page.goto(server.url + path);
        await page
          .locator(
            path.includes("why=")
              ? ".chain"
              : path === "/system"
                ? ".figures"
                : path === "/workflows"
                  ? ".flow"
                  : path === "/settings"
                    ? ".connect"
                    : path === "/messages"
                      ? ".funnel"
                      : path === "/models"
                        ? ".card"
                        : "[data-row]",
          )
          .first()
          .waitFor();
        if (path === "/workflows") await page.locator(".flow summary").nth(1).click();
        await page.evaluate(`Promise.all(
          document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished),
        ).then(() => undefined)`);
        await screen(page, `${name}-${size}-${colorScheme}`);
        await page.addScriptTag({ path: AXE });
        const found = await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
          violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html + " " + node.failureSummary).join("\\n")))`);
        expect(found, `${name}, ${size}`).toEqual([]);
        expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`), `${name}, ${size}`).toBe(
          true,
        );
      }
      // nothing is published in the seeded house: its page says that there is no drawing
      expect(faults.filter((fault) => !fault.includes("/graph.svg"))).toEqual([]);
      await page.close();
    }
  });
});
