// The contract with HighLevel: Latchkey's client and the simulator, both judged by a validation proxy on the published
// documents. What is known to be wrong with the documents is corrected before (contract/known-deviations.ts).

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPANY_ID, OWN_NUMBER } from "../simulator/crm/catalog.ts";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import {
  type Cursor,
  type HighLevel,
  type OAuth,
  openChannels,
  openHighLevel,
  openOAuth,
  type Reply,
} from "../src/highlevel/index.ts";
import type { Clock } from "../src/kernel/time.ts";
import { isPrismInstalled, type Judge, openJudge } from "./contract/prism.ts";
import { specification } from "./contract/specification.ts";

const documents = fileURLToPath(new URL("../../shared/ghl/openapi", import.meta.url));
const possible = isPrismInstalled && existsSync(documents);
if (!possible)
  console.log(
    isPrismInstalled
      ? "Left out: the contract suite (HighLevel's documents are not beside the repository)."
      : "Left out: the contract suite (npm i --prefix .cache/prism --no-save @stoplight/prism-cli@5.14.2).",
  );

const clock: Clock = { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() };
const LOCATION = "simlocation0000000001";
const TOKEN = "contract-token";

const done = <T>(reply: Reply<T>): T => {
  if (reply.outcome !== "done") throw new Error(`expected an answer, got ${JSON.stringify(reply)}`);
  return reply.value;
};

/** The client, with a note of every operation that is called. */
const noting = (api: HighLevel, called: Set<string>): HighLevel =>
  new Proxy(api, {
    get(target, name: keyof HighLevel) {
      called.add(name);
      return target[name];
    },
  });

describe.skipIf(!possible).each(["v3", "v2"] as const)("the contract, documents %s", (version) => {
  let simulator: Simulator;
  let judge: Judge;
  let api: HighLevel;
  let oauth: OAuth;
  let folder: string;
  const called = new Set<string>();

  beforeAll(async () => {
    simulator = await openSimulator(readFlags(["--no-town", "--token", TOKEN, "--rate-max", "1000"]));
    folder = mkdtempSync(join(tmpdir(), "latchkey-contract-"));
    const document = join(folder, "highlevel.json");
    writeFileSync(document, JSON.stringify(specification(documents, version)));
    judge = await openJudge(document, simulator.ready.url);
    const versions = version === "v3" ? "v3" : "dated";
    const { clientId, clientSecret } = simulator.ready;
    oauth = openOAuth({
      url: judge.url,
      clock,
      clientId,
      clientSecret,
      chooserUrl: judge.url,
      versions,
      answerWithin: 20_000,
    });
    api = noting(openHighLevel({ url: judge.url, clock, token: () => TOKEN, versions, answerWithin: 20_000 }), called);
  });
  afterAll(async () => {
    await api?.close();
    await oauth?.close();
    await judge?.close();
    await simulator?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const newcomer = () =>
    simulator.crm.createContact({
      firstName: "Ada",
      lastName: "Quillby",
      email: "ada@example.com",
      phone: "+15125550101",
      timezone: "America/Chicago",
      tags: ["buyer"],
    });
  /** Runs the calls and gives back what the proxy objected to, of requests and of answers. */
  const objections = async (calls: () => Promise<void>) => {
    const before = judge.exchanges.length;
    await calls();
    const made = judge.exchanges.slice(before);
    expect(made.length).toBeGreaterThan(0);
    return made.flatMap(({ method, path, status, violations }) =>
      violations.map((violation) => `${method} ${path} (${status}): ${violation}`),
    );
  };

  test("the proxy does object: to a property that does not fit, and to an unknown version", async () => {
    const contact = newcomer();
    const found = await objections(async () => {
      await request(`${judge.url}/contacts/${contact.id}/tags`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, version: "2011-01-01", "content-type": "application/json" },
        body: JSON.stringify({ tags: "not a list" }),
      });
    });
    expect(found.join("\n")).toMatch(/tags/);
    expect(found.join("\n")).toMatch(/version/i);
  });

  test("Latchkey sends texts and mails, and looks them up, without a violation", async () => {
    const contact = newcomer();
    const found = await objections(async () => {
      const text = done(await api.sendMessage(LOCATION, { type: "SMS", contactId: contact.id, message: "Hello Ada" }));
      done(
        await api.sendMessage(LOCATION, {
          type: "Email",
          contactId: contact.id,
          subject: "Homes near you",
          html: "<p>Hello Ada</p>",
          message: "Hello Ada",
        }),
      );
      const conversation = done(await api.conversationOf(LOCATION, contact.id));
      expect(conversation).toBeDefined();
      expect(done(await api.messages(LOCATION, conversation ?? "")).messages).toHaveLength(2);
      expect(done(await api.message(LOCATION, text.messageId)).body).toBe("Hello Ada");
    });
    expect(found).toEqual([]);
  });

  test("a text and a mail name from where they come, and a number of somebody else's is refused", async () => {
    const contact = newcomer();
    const found = await objections(async () => {
      const text = { type: "SMS", contactId: contact.id, message: "Hello Ada" } as const;
      done(await api.sendMessage(LOCATION, { ...text, fromNumber: OWN_NUMBER }));
      const mail = { type: "Email", contactId: contact.id, subject: "Homes", message: "Hello Ada" } as const;
      done(await api.sendMessage(LOCATION, { ...mail, emailFrom: "team@example.com" }));
      const strange = await api.sendMessage(LOCATION, { ...text, fromNumber: "+12125550150" });
      expect(strange).toMatchObject({ outcome: "refused", status: 400 });
      const users = done(await api.users(LOCATION, COMPANY_ID));
      expect(users[0]?.lcPhone?.[LOCATION]).toBe("+15125550181");
    });
    expect(found).toEqual([]);
  });

  test("Latchkey reads and upserts contacts, and works with tags, tasks and notes, without a violation", async () => {
    const contact = newcomer();
    const found = await objections(async () => {
      expect(done(await api.contact(LOCATION, contact.id)).contact.contact).toMatchObject({ name: "Ada Quillby" });
      const upserted = await api.upsertContact(LOCATION, { email: "bo@example.com", name: "Bo Fenwright" });
      expect(done(upserted).fresh).toBe(true);
      done(await api.addTags(LOCATION, contact.id, ["hot"]));
      done(await api.removeTags(LOCATION, contact.id, ["buyer"]));
      const task = {
        title: "Call Ada",
        body: "She looked at a home",
        dueDate: "2026-03-02T15:00:00.000Z",
        completed: false,
      };
      const id = done(await api.createTask(LOCATION, contact.id, task));
      expect(done(await api.tasks(LOCATION, contact.id))).toMatchObject([{ id, title: "Call Ada" }]);
      const note = done(await api.createNote(LOCATION, contact.id, "Likes gardens"));
      expect(done(await api.notes(LOCATION, contact.id))).toMatchObject([{ id: note, body: "Likes gardens" }]);
    });
    expect(found).toEqual([]);
    expect(contact.tags).toEqual(["hot"]);
  });

  test("Latchkey reads the location, its fields, people and pipelines without a violation", async () => {
    const found = await objections(async () => {
      const { companyId, timezone } = done(await api.location(LOCATION));
      expect(timezone).toBe("America/Chicago");
      expect(done(await api.customFields(LOCATION)).length).toBeGreaterThan(0);
      const made = done(await api.createCustomField(LOCATION, { name: "Latchkey score", dataType: "NUMERICAL" }));
      expect(made).toMatchObject({ id: expect.any(String), fieldKey: "contact.latchkey_score" });
      expect(done(await api.customFields(LOCATION)).map(({ id }) => id)).toContain(made.id);
      expect(done(await api.users(LOCATION, companyId ?? "")).length).toBeGreaterThan(0);
      expect(done(await api.pipelines(LOCATION)).length).toBeGreaterThan(0);
    });
    expect(found).toEqual([]);
  });

  test("Latchkey changes contacts and deals, and puts leads into workflows of the CRM, without a violation", async () => {
    const contact = newcomer();
    const pipeline = "simpipeline0000000001";
    const found = await objections(async () => {
      const custom = [{ id: "simfield0000000000001", value: "450000" }];
      const fields = { city: "Dallas", timezone: "America/Chicago", assignedTo: "simuser0000000000002" };
      done(await api.updateContact(LOCATION, contact.id, { fields, custom }));
      const emptied = [{ id: "simfield0000000000001", value: "" }];
      done(await api.updateContact(LOCATION, newcomer().id, { fields: {}, custom: emptied }));
      const deal = { pipelineId: pipeline, name: "Ada: a home", status: "open", monetaryValue: 450_000 };
      const id = done(await api.createOpportunity(LOCATION, { ...deal, locationId: LOCATION, contactId: contact.id }));
      expect(done(await api.opportunities(LOCATION, { contact: contact.id, pipeline }))).toMatchObject([{ id }]);
      done(await api.updateOpportunity(LOCATION, id, { pipelineStageId: "simstage000000000002", status: "won" }));
      const [workflow] = done(await api.workflows(LOCATION));
      const change = { contact: contact.id, workflow: workflow?.id ?? "" };
      done(await api.changeWorkflow(LOCATION, { ...change, action: "add" }));
      expect([...simulator.crm.workflowsOf(contact.id)]).toEqual([workflow?.id]);
      done(await api.changeWorkflow(LOCATION, { ...change, action: "remove" }));
      expect([...simulator.crm.workflowsOf(contact.id)]).toEqual([]);
      // outside WhatsApp's window: by the workflow that sends a template
      const rendered = { channel: "whatsapp", text: "Viewing template", workflow: "simworkflow0000000004" } as const;
      const template = { key: "k", location: LOCATION, contact: contact.id, rendered };
      const { whatsapp } = openChannels(api, clock);
      expect(await whatsapp.send(template, new AbortController().signal)).toMatchObject({ result: "accepted" });
      expect(done(await api.tags(LOCATION)).map(({ name }) => name)).toContain("buyer");
    });
    expect(found).toEqual([]);
    expect(contact).toMatchObject({
      city: "Dallas",
      assignedTo: "simuser0000000000002",
      customFields: [{ id: "simfield0000000000001", value: "450000" }],
    });
    expect([...simulator.crm.opportunities.values()].at(-1)).toMatchObject({
      contactId: contact.id,
      status: "won",
      pipelineStageId: "simstage000000000002",
    });
    expect(
      simulator.crm.ledger.done.filter(({ contactId }) => contactId === contact.id).map(({ what }) => what),
    ).toEqual([
      "contact.update",
      "opportunity.create",
      "opportunity.update",
      "workflow.add",
      "workflow.remove",
      "workflow.add",
    ]);
  });

  test("Latchkey reads a location through, page by page, without a violation", async () => {
    const people = [newcomer(), newcomer(), newcomer()];
    simulator.crm.createOpportunity(people[0]?.id ?? "", { name: "A home", value: 1, stageId: "simstage000000000001" });
    simulator.crm.createOpportunity(people[1]?.id ?? "", { name: "A home", value: 1, stageId: "simstage000000000001" });
    for (const { id } of people) {
      simulator.crm.inbound(id, "SMS", "Is it still free?");
      simulator.crm.inbound(id, "Email", "Is it still free?", "The house");
      simulator.crm.call(id, "completed", "inbound");
    }
    const start = Date.now() + 86_400_000;
    simulator.crm.appointment({ contactId: people[0]?.id ?? "", start, title: "Tour", status: "confirmed" });
    const found = await objections(async () => {
      const since = Date.now() - 60_000;
      const first = done(await api.searchContacts(LOCATION, { since, limit: 2 }));
      expect(first.items).toHaveLength(2);
      const second = done(await api.searchContacts(LOCATION, { since, limit: 2, ...from(first) }));
      expect(second.items.some(({ id }) => first.items.some((one) => one.id === id))).toBe(false);
      const deals = done(await api.searchOpportunities(LOCATION, { since, limit: 1 }));
      done(await api.searchOpportunities(LOCATION, { since, limit: 1, ...from(deals) }));
      const texts = done(await api.exportMessages(LOCATION, { since, limit: 10 }));
      expect(texts.items.length + texts.unreadable).toBeGreaterThan(0);
      if (texts.next !== undefined) done(await api.exportMessages(LOCATION, { since, limit: 10, ...from(texts) }));
      done(await api.exportMessages(LOCATION, { since, mails: true }));
      const [calendar] = done(await api.calendars(LOCATION));
      const span = { calendar: calendar ?? "", from: start - 1, to: start + 1 };
      expect(done(await api.appointments(LOCATION, span)).items).toMatchObject([{ contact: people[0]?.id }]);
    });
    expect(found).toEqual([]);
  });

  test("Latchkey exchanges a code, refreshes, lists where it is installed, mints a location's token and ends its install without a violation", async () => {
    const coded = await fetch(`${simulator.ready.url}/_sim/code`, {
      method: "POST",
      body: JSON.stringify({ userType: "Company" }),
    });
    const { code } = (await coded.json()) as { code: string };
    const found = await objections(async () => {
      const company = done(await oauth.exchange(code, "https://latchkey.example.com/oauth/callback"));
      expect(company).toMatchObject({ of: "Company", bulk: true, approved: [LOCATION] });
      const fresh = done(await oauth.refresh(company.refresh ?? "", "Company", company.company ?? ""));
      expect(fresh.access).not.toBe(company.access);
      expect(done(await oauth.installed(fresh.access, company.company ?? ""))).toMatchObject([{ id: LOCATION }]);
      const minted = done(await oauth.mint(fresh.access, company.company ?? "", LOCATION));
      expect(minted).toMatchObject({ of: "Location", location: LOCATION, company: company.company });
      expect(simulator.opens(minted.access)).toMatchObject({ location: LOCATION });
      done(await oauth.uninstall(minted.access, LOCATION));
      expect(simulator.opens(minted.access)).toBeUndefined();
      expect(done(await oauth.installed(fresh.access, company.company ?? ""))).toEqual([]);
      expect(await oauth.uninstall(minted.access, LOCATION)).toMatchObject({ outcome: "refused", status: 401 });
    });
    expect(found).toEqual([]);
  });

  test("what the simulator offers beyond Latchkey's calls answers as the documents say", async () => {
    const contact = newcomer();
    const task = simulator.crm.createTask(contact.id, {
      title: "Call",
      dueDate: "2026-03-02T15:00:00Z",
      completed: false,
    });
    simulator.crm.createOpportunity(contact.id, {
      name: "Ada: home search",
      value: 400_000,
      stageId: "simstage000000000001",
    });
    const conversationVersion = version === "v3" ? "v3" : "2021-04-15";
    const otherVersion = version === "v3" ? "v3" : "2021-07-28";
    const ask = async (method: "GET" | "POST" | "PUT", path: string, body?: unknown) => {
      const headers = {
        authorization: `Bearer ${TOKEN}`,
        version: path.startsWith("/conversations") ? conversationVersion : otherVersion,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      const answer = await request(`${judge.url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      await answer.body.dump();
      expect(answer.statusCode, `${method} ${path}`).toBeLessThan(300);
    };
    const searched = version === "v3" ? "locationId" : "location_id";
    const found = await objections(async () => {
      await ask("POST", "/contacts/search", { locationId: LOCATION, pageLimit: 10 });
      await ask("PUT", `/contacts/${contact.id}`, { firstName: "Adele" });
      await ask("PUT", `/contacts/${contact.id}/tasks/${task.id}/completed`, { completed: true });
      await ask("POST", "/contacts/", { locationId: LOCATION, firstName: "Cy", email: "cy@example.com" });
      await ask("GET", `/opportunities/search?${searched}=${LOCATION}`);
      await ask("POST", `/locations/${LOCATION}/customFields`, { name: "Score", dataType: "NUMERICAL" });
    });
    expect(found).toEqual([]);
  });

  test("the suite has called every operation that the client has", () => {
    expect(Object.keys(api.granted).filter((name) => !called.has(name))).toEqual([]);
  });
});

const from = ({ next }: { readonly next?: Cursor }) => (next === undefined ? {} : { cursor: next });
