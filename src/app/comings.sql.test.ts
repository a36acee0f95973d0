// Accounts whatever comes, in whatever order: teams of two companies are let in, taken out at the CRM, disconnected here and given
// tokens of their own, two processes renew and die, answers are lost, words of the CRM come late and twice. How each team must
// stand is said by a model beside it, which knows what happened and when, and nothing of what is kept here.

import fc from "fast-check";
import { expect, test } from "vitest";
import { readFlags } from "../../simulator/flags.ts";
import { openSimulator } from "../../simulator/simulator.ts";
import { databasePerFile } from "../../test/database.ts";
import { APP_LOCATION, insertEvents, insertMail, LOCATION_LEAD, letterOf } from "../events/index.ts";
import { type OAuth, openOAuth } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import { openFacts } from "../kernel/facts.ts";
import { newId } from "../kernel/ids.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, DAY, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import { openInstallations, openSeal, type Principal } from "../tenancy/index.ts";
import { openAccounts } from "./accounts.ts";

const db = databasePerFile();
const seal = openSeal("a secret of at least thirty-two characters");
const owner: Principal = { id: "ada", name: "Ada", role: "owner", locations: "*" };
const [HARBOR, OAKMOOR] = ["simcompany00000000001", "simcompany00000000002"] as const;
const TEAMS = ["harbor-one", "harbor-two", "oakmoor-one"] as const;
const companyOf = (team: string) => (team.startsWith("harbor") ? HARBOR : OAKMOOR);
const teamsOf = (company: string) => TEAMS.filter((team) => companyOf(team) === company);
/** Between two acts: more than the clocks differ by. */
const STEP: Millis = 5 * SECOND;

// most of it about one team: only what meets can go wrong
const team = fc.constantFrom(TEAMS[0], TEAMS[0], TEAMS[0], TEAMS[0], TEAMS[1], TEAMS[2]);
const company = fc.constantFrom(HARBOR, HARBOR, HARBOR, OAKMOOR);
const at = fc.nat({ max: 1 });
const simple = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("install" as const), team, at, lost: rarely() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant("company" as const), company, at, lost: rarely() },
      chosen: fc.subarray([...TEAMS]),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), team }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("out" as const), team }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("company_out" as const), company }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("disconnect" as const), team, at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("integrate" as const), team, at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lose" as const), team: fc.option(team, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("suspend" as const), team, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke" as const), who: fc.oneof(team, company) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("word" as const), which: fc.nat({ max: 3 }), twice: rarely() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("words" as const), at, backwards: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("work" as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refused" as const), team, at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("hint" as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), at }) },
);
type Simple = typeof simple extends fc.Arbitrary<infer T> ? T : never;
/**
 * While the process of an act stands before its n-th transaction of a team, its n-th of none, its n-th question to the CRM or
 * that one's answer.
 */
const meanwhile = fc.record({
  before: fc.constantFrom("team" as const, "team" as const, "question" as const, "answer" as const, "app" as const),
  n: fc.nat({ max: 1 }),
  acts: fc.array(
    fc.oneof({ weight: 12, arbitrary: simple }, { weight: 1, arbitrary: fc.constant({ do: "die" as const }) }),
    { minLength: 1, maxLength: 2 },
  ),
});
const heard = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("words" as const), at, backwards: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("work" as const), at }) },
);
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ day: fc.constant(false), act: simple, meanwhile: fc.option(meanwhile, { nil: undefined }) }),
  },
  { weight: 3, arbitrary: fc.record({ day: fc.constant(false), act: heard, meanwhile }) },
  {
    weight: 1,
    arbitrary: fc.record({
      day: fc.constant(true),
      act: fc.record({ do: fc.constant("work" as const), at }),
      meanwhile: fc.option(meanwhile, { nil: undefined }),
    }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
type Meanwhile = typeof meanwhile extends fc.Arbitrary<infer T> ? T : never;

function rarely() {
  return fc.nat({ max: 5 }).map((n) => n === 0);
}

/** What happened last to a team, of what decides. `maybe`: the CRM has it, and nobody here is to know of it for sure. */
type Last = "nothing" | "installed" | "by_company" | "integrated" | "out" | "disconnected" | "maybe";

interface TeamModel {
  last: Last;
  /** The CRM has the app in it. */
  inside: boolean;
  /** Why it may have to be connected again by a person. */
  excused: boolean;
  /** Between the code of an install and its end here. */
  installing: boolean;
  /** Something ended it meanwhile: what the code brought opens nothing. */
  blurred: boolean;
}

/** What the CRM did and people did here. It knows of no word, no process and no row. */
function openModel() {
  const fresh = (): TeamModel => ({
    last: "nothing",
    inside: false,
    excused: false,
    installing: false,
    blurred: false,
  });
  const teams = new Map<string, TeamModel>(TEAMS.map((id) => [id, fresh()]));
  const companies = new Map(
    [HARBOR, OAKMOOR].map((id) => [id as string, { active: false, excused: false, granted: false }]),
  );
  const of = (id: string) => teams.get(id) as TeamModel;
  const ofCompany = (id: string) => companies.get(id) as { active: boolean; excused: boolean; granted: boolean };
  const excuse = (ids: readonly string[]) => {
    for (const id of ids) of(id).excused = true;
  };
  const ended = (id: string) => {
    of(id).inside = false;
    if (of(id).installing) of(id).blurred = true;
  };
  return {
    of,
    ofCompany,
    excuse,
    granted: (id: string) => Object.assign(of(id), { inside: true, installing: true, blurred: false }),
    installed: (id: string) => Object.assign(of(id), { last: "installed", installing: false, excused: of(id).blurred }),
    notInstalled(id: string) {
      of(id).installing = false;
      if (of(id).inside && ["nothing", "out", "disconnected"].includes(of(id).last)) of(id).last = "maybe";
    },
    companyGranted(id: string, chosen: readonly string[]) {
      ofCompany(id).granted = true;
      for (const one of chosen) of(one).inside = true;
    },
    companyIn(id: string) {
      Object.assign(ofCompany(id), { active: true, excused: false });
      // what ended those that it does not let in now may be heard too late to count: their next request is refused
      for (const one of teamsOf(id)) if (!of(one).inside && of(one).last === "out") of(one).last = "maybe";
      for (const one of teamsOf(id).filter((team) => of(team).inside))
        if (["nothing", "out", "maybe", "by_company"].includes(of(one).last)) of(one).last = "by_company";
    },
    companyMissed(chosen: readonly string[]) {
      for (const one of chosen) if (["nothing", "out"].includes(of(one).last) && of(one).inside) of(one).last = "maybe";
    },
    added(id: string) {
      of(id).inside = true;
      if (["installed", "integrated"].includes(of(id).last)) return;
      of(id).last = ofCompany(companyOf(id)).active ? "by_company" : "maybe";
    },
    out(id: string) {
      ended(id);
      if (of(id).last !== "disconnected") of(id).last = "out";
    },
    companyOut(id: string) {
      Object.assign(ofCompany(id), { active: false, granted: false });
      for (const one of teamsOf(id)) {
        ended(one);
        if (of(one).last === "integrated") of(one).last = "maybe";
        else if (!["disconnected", "nothing", "maybe"].includes(of(one).last)) of(one).last = "out";
      }
    },
    disconnected(id: string) {
      of(id).last = "disconnected";
      if (of(id).installing) of(id).blurred = true;
    },
    integrated: (id: string) => Object.assign(of(id), { last: "integrated", excused: false }),
  };
}

interface Word {
  readonly type: "INSTALL" | "UNINSTALL";
  readonly at: number;
  readonly about: object;
}

/** Plays one sequence: what is not as it must be, or undefined. */
async function play(acts: readonly Act[], skew: Millis, backwards: boolean): Promise<string | undefined> {
  await db.database.asOwner((sql) => sql.query("truncate installation, company, token, mailbox"));
  const flags = ["--no-town", "--location", TEAMS[0], "--locations", TEAMS[1], "--other-company", TEAMS[2]];
  const simulator = await openSimulator(readFlags([...flags, "--rate-max", "10000"]));
  const { url, clientId, clientSecret } = simulator.ready;
  const model = openModel();
  const faults: string[] = [];
  const complain = (fault: string) => void faults.push(fault);
  const trace: string[] = [];

  let now = Date.UTC(2026, 2, 2, 12);
  let waited = 0;
  // whoever waits for another process waits no longer than it takes to look twice
  const elapsed = () => {
    waited += 20 * SECOND;
    return now + waited;
  };
  const clock: Clock = { now: () => now, real: () => now, elapsed };
  const step = (by: Millis = STEP) => {
    now += by;
  };

  const tell = async (path: string, body: unknown) =>
    (await fetch(`${url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) })).json() as Promise<{
      code: string;
    }>;
  const words: Word[] = [];
  const says = (type: Word["type"], about: object) => void words.push({ type, at: now + skew, about });
  const deliver = async ({ type, at: said, about }: Word) => {
    trace.push(`  word ${type} ${JSON.stringify(about)} of ${(said - skew - Date.UTC(2026, 2, 2, 12)) / SECOND}`);
    const data = { type, appId: "simapp", ...about };
    const event = {
      ...{ id: newId(now), location: APP_LOCATION, lead: LOCATION_LEAD, type: `crm.${type}` },
      ...{ at: said, receivedAt: now, source: "crm" as const, data },
    };
    await db.database.transaction([APP_LOCATION], async (sql) => {
      await insertEvents(sql, [event]);
      await insertMail(sql, [letterOf(event)]);
    });
  };

  /** Refresh tokens that were shown: `unspent` as far as their process could know. */
  const shown = new Map<string, "standing" | "spent" | "unspent">();

  async function openHouse() {
    let plan: Meanwhile | undefined;
    let left = 0;
    let dead = false;
    let standing = false;
    let committed: ((value: unknown) => void) | undefined;
    const other = (): number => 1 - houses.indexOf(self);
    const point = async (which: Meanwhile["before"]) => {
      if (dead) throw new Unavailable("this process is gone");
      if (plan?.before !== which || left-- > 0) return;
      const { acts: planned } = plan;
      plan = undefined;
      standing = true;
      for (const one of planned) {
        if (one.do === "die") {
          if (which !== "answer") continue;
          dead = true;
          model.excuse(TEAMS);
          for (const id of [HARBOR, OAKMOOR]) model.ofCompany(id).excused = true;
          trace.push("  dies");
          throw new Unavailable("this process is gone");
        }
        await perform({ ...one, ...("at" in one ? { at: other() } : {}) } as Simple);
      }
      standing = false;
    };
    const database: Database = {
      async transaction(scope, work) {
        if (scope !== "*") await point(scope[0] === APP_LOCATION ? "app" : "team");
        const value = await db.database.transaction(scope, work);
        const done = committed;
        committed = undefined;
        done?.(value);
        return value;
      },
    };
    const wired = openOAuth({
      url,
      clock: { ...clock, elapsed: () => performance.now() },
      clientId,
      clientSecret,
      chooserUrl: url,
    });
    const asks = async <T>(ask: () => Promise<T>): Promise<T> => {
      await point("question");
      const reply = await ask();
      await point("answer");
      return reply;
    };
    const oauth: OAuth = {
      ...wired,
      exchange: (...of) => asks(() => wired.exchange(...of)),
      installed: (...of) => asks(() => wired.installed(...of)),
      mint(token, of, location) {
        if (companyOf(location) !== of) complain(`${location} is asked of ${of}`);
        return asks(() => wired.mint(token, of, location));
      },
      refresh: (token, of, id) =>
        asks(async () => {
          const before = shown.get(token);
          if (before !== undefined && before !== "unspent")
            complain(`a refresh token of ${id} is shown again: ${before}`);
          shown.set(token, "standing");
          const reply = await wired.refresh(token, of, id);
          shown.set(token, reply.outcome === "done" ? "spent" : "unspent");
          return reply;
        }).catch((error: unknown) => {
          shown.set(token, "unspent");
          throw error;
        }),
      uninstall: (token, location) =>
        asks(async () => {
          step();
          const opens = simulator.opens(token)?.location === location;
          const reply = await wired.uninstall(token, location);
          if (opens) {
            trace.push(`  the CRM takes ${location} out`);
            model.out(location);
            says("UNINSTALL", { locationId: location });
          }
          return reply;
        }),
    };
    const installations = await openInstallations({ database, seal, clock });
    const accounts = await openAccounts({
      ...{ database, clock, facts: openFacts(), seal, secret: "a secret of at least thirty-two characters" },
      ...{ url: "http://127.0.0.1:9", installations, oauth },
      api: () => ({ location: async () => ({ outcome: "unknown", detail: "not asked" }) }),
      tryToken: async (location, token) =>
        token === `pit-${location}`
          ? { outcome: "done", value: { id: location, name: location, timezone: "America/Chicago" } }
          : { outcome: "unknown", detail: "not asked" },
      arrived: async () => undefined,
    });
    const self = {
      ...{ accounts, installations },
      isDead: () => dead,
      /** Whether something happens while it stands. */
      stands: () => standing,
      plan(next: Meanwhile | undefined) {
        plan = next;
        left = next?.n ?? 0;
      },
      /** Runs when what is asked of it next is kept. */
      onceKept: (done: (value: unknown) => void) => {
        committed = done;
      },
      learn: () => installations.refresh(),
    };
    return self;
  }
  const houses = [await openHouse(), await openHouse()];
  const house = (n: number) => houses[n] as Awaited<ReturnType<typeof openHouse>>;

  /** A process may die of it, and the CRM may be silent. */
  const tried = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
    for (const [n, one] of houses.entries()) if (one.isDead()) houses[n] = await openHouse();
  };

  const perform = async (one: Simple): Promise<void> => {
    step();
    trace.push(`${(now - Date.UTC(2026, 2, 2, 12)) / SECOND} ${JSON.stringify(one)}`);
    switch (one.do) {
      case "install": {
        const { code } = await tell("code", { userType: "Location", location: one.team });
        model.granted(one.team);
        says("INSTALL", { locationId: one.team, companyId: companyOf(one.team), installType: "Location" });
        if (one.lost) await tell("oauth", { lose: 1, of: one.team });
        step();
        let isKept = false;
        house(one.at).onceKept(() => {
          isKept = true;
          model.installed(one.team);
        });
        await tried(async () => {
          const accepted = await house(one.at).accounts.installs.app?.accept(code, owner);
          if (accepted?.outcome !== "connected") {
            trace.push(`  ${JSON.stringify(accepted)}`);
          }
        });
        house(one.at).onceKept(() => undefined);
        if (!isKept) model.notInstalled(one.team);
        break;
      }
      case "company": {
        const chosen = one.chosen.filter((id) => companyOf(id) === one.company);
        const { code } = await tell("code", { userType: "Company", company: one.company, locations: chosen });
        model.companyGranted(one.company, chosen);
        says("INSTALL", { companyId: one.company, installType: "Company" });
        if (one.lost) await tell("oauth", { lose: 1 });
        step();
        let isKept = false;
        house(one.at).onceKept(() => {
          isKept = true;
          model.companyIn(one.company);
        });
        await tried(async () => {
          const accepted = await house(one.at).accounts.installs.app?.accept(code, owner);
          if (accepted?.outcome !== "connected") {
            trace.push(`  ${JSON.stringify(accepted)}`);
          }
        });
        house(one.at).onceKept(() => undefined);
        if (!isKept) model.companyMissed(chosen);
        break;
      }
      case "add":
        await tell("install", { location: one.team });
        model.added(one.team);
        says("INSTALL", { locationId: one.team, companyId: companyOf(one.team), installType: "Location" });
        break;
      case "out":
        if (!model.of(one.team).inside) break;
        await tell("uninstall", { location: one.team });
        model.out(one.team);
        says("UNINSTALL", { locationId: one.team });
        break;
      case "company_out":
        if (!model.ofCompany(one.company).active) break;
        await tell("uninstall", { company: one.company });
        model.companyOut(one.company);
        says("UNINSTALL", { companyId: one.company });
        break;
      case "disconnect":
        house(one.at).onceKept((isNews) => isNews === true && model.disconnected(one.team));
        await tried(() => house(one.at).accounts.connections.disconnect(one.team, owner.id));
        house(one.at).onceKept(() => undefined);
        break;
      case "integrate":
        house(one.at).onceKept(() => model.integrated(one.team));
        await tried(() => house(one.at).accounts.connections.integrate(one.team, `pit-${one.team}`, owner.id));
        break;
      case "lose":
        await tell("oauth", { lose: 1, ...(one.team === undefined ? {} : { of: one.team }) });
        model.excuse(one.team === undefined ? TEAMS : [one.team]);
        if (one.team === undefined) for (const id of [HARBOR, OAKMOOR]) model.ofCompany(id).excused = true;
        break;
      case "suspend":
        await tell("oauth", one.on ? { suspend: one.team } : { active: one.team });
        suspended[one.on ? "add" : "delete"](one.team);
        model.excuse([one.team]);
        break;
      case "revoke":
        await tell("oauth", { revoke: one.who });
        if (one.who === HARBOR || one.who === OAKMOOR) {
          model.ofCompany(one.who).excused = true;
          model.excuse(teamsOf(one.who));
        } else model.excuse([one.who]);
        break;
      case "word": {
        const [found] = words.splice(one.which % Math.max(1, words.length), 1);
        if (found === undefined) break;
        await deliver(found);
        if (one.twice) words.push(found);
        break;
      }
      case "words": {
        const all = words.splice(0);
        for (const word of one.backwards ? all.toReversed() : all) await deliver(word);
        await tried(() => house(one.at).accounts.work());
        break;
      }
      case "work":
        await tried(() => house(one.at).accounts.work());
        break;
      case "refused": {
        // no request stands for so long
        if (!houses.some((other) => other.stands())) step(2 * MINUTE);
        await tried(async () => {
          const { accounts } = house(one.at);
          const token = await accounts.token(one.team);
          if (token !== undefined) await accounts.instead(one.team, token);
        });
        break;
      }
      case "hint":
        await house(one.at).learn();
        break;
      case "restart":
        houses[one.at] = await openHouse();
    }
  };
  const suspended = new Set<string>();

  const kept = async () => {
    const { rows } = await db.database.asOwner((sql) =>
      sql.query<{ team: string; status: string; why: string | null }>(
        "select location_id as team, status, status_why as why from installation",
      ),
    );
    return new Map(rows.map((row) => [row.team, row]));
  };
  /** What holds at every moment: who was let in here last is not ended, and who was disconnected last stays so. */
  const look = async () => {
    const rows = await kept();
    for (const id of TEAMS) {
      const { last, blurred } = model.of(id);
      const status = rows.get(id)?.status;
      if ((last === "installed" && !blurred) || last === "integrated") {
        if (status === "uninstalled" || status === undefined) complain(`${id} is ended, and was ${last} last`);
      }
      if (last === "disconnected" && status !== "uninstalled")
        complain(`${id} is ${status}, and was disconnected last`);
    }
  };
  const asked = async (id: string, n: number) => {
    const { accounts } = house(n);
    const token = await accounts.token(id);
    if (token === undefined) return undefined;
    if (token === `pit-${id}`) return token;
    const opens = simulator.opens(token)?.location;
    if (opens === id) return token;
    if (opens !== undefined) complain(`${id} is asked about with a token of ${opens}`);
    const next = await accounts.instead(id, token);
    return next !== undefined && simulator.opens(next)?.location === id ? next : undefined;
  };
  const settle = async () => {
    for (let round = 0; round < 3; round += 1) {
      step(2 * MINUTE);
      for (const one of houses) {
        await one.learn();
        await one.accounts.work();
      }
    }
  };
  /** Once all has been heard and done. */
  const judge = async () => {
    await tell("oauth", { lose: 0 });
    for (const word of backwards ? words.splice(0).toReversed() : words.splice(0)) await deliver(word);
    await settle();
    for (const id of TEAMS) for (const n of [0, 1]) await asked(id, n);
    await settle();
    const rows = await kept();
    for (const id of TEAMS) {
      const { last, excused, blurred } = model.of(id);
      const row = rows.get(id);
      const { status, why } = row ?? { status: "none", why: null };
      const tokens = [await asked(id, 0), await asked(id, 1)];
      const wrong = (must: string) => complain(`${id} is ${status} (${why}), was ${last} last and must be ${must}`);
      const isExcused =
        excused || suspended.has(id) || (last === "by_company" && model.ofCompany(companyOf(id)).excused);
      const reasons = ["refused", "lost", "inactive", ...(last === "by_company" ? ["connecting"] : [])];
      switch (last) {
        case "nothing":
          if (tokens.some((token) => token !== undefined)) wrong("without a token");
          break;
        case "maybe":
          if (!model.of(id).inside && tokens.some((token) => token !== undefined && token !== `pit-${id}`))
            wrong("without a token");
          break;
        case "integrated":
          if (tokens.some((token) => token !== `pit-${id}`)) wrong("connected by its own token");
          break;
        case "installed":
        case "by_company":
          if (tokens.every((token) => token !== undefined) && status === "active") break;
          if (!isExcused && !blurred) wrong("connected");
          else if (status !== "reconnect" || !reasons.includes(String(why)))
            if (!blurred) wrong("connected, or to be connected again for a reason");
          break;
        case "out":
        case "disconnected":
          if (tokens.some((token) => token !== undefined)) wrong("without a token");
          if (status !== "uninstalled" && status !== "none") wrong("disconnected");
      }
    }
  };

  await perform({ do: "install", team: TEAMS[0], at: 0, lost: false });
  await perform({ do: "company", company: HARBOR, at: 1, lost: false, chosen: teamsOf(HARBOR) });
  for (const one of acts) {
    if (one.day) {
      trace.push("a day goes by");
      step(DAY);
      await tell("oauth", { expire: true });
    }
    const asker = "at" in one.act ? one.act.at : undefined;
    if (asker !== undefined) house(asker).plan(one.meanwhile);
    await perform(one.act);
    if (asker !== undefined) house(asker).plan(undefined);
    if (faults.length === 0) await look();
    if (faults.length > 0) break;
  }
  if (faults.length === 0) await judge();
  for (const one of houses) await one.accounts.close();
  await simulator.close();
  return faults[0] === undefined ? undefined : `${faults[0]}\n${trace.join("\n")}`;
}

/** The same each time, for who only wants to know what they broke. Others: `COMINGS=2000 SEED=$RANDOM npx vitest run --project sql src/app/comings`. */
const RUNS = Number(process.env["COMINGS"] ?? 24);
const SEED = Number(process.env["SEED"] ?? 1);

test("an account stands as what was done last says, in whatever order it is heard, and no key is shown twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 6, maxLength: 20, size: "max" }),
      fc.integer({ min: -2_000, max: 2_000 }),
      fc.boolean(),
      async (acts, skew, backwards) => {
        expect(await play(acts, skew, backwards)).toBeUndefined();
      },
    ),
    { numRuns: RUNS, seed: SEED, endOnFailure: process.env["SHRINK"] === undefined },
  );
}, 3_600_000);
