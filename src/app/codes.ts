// A code of the CRM's for tokens: what it opens, for whom, and letting that in. A code that came without our state is
// looked at first, and what it opened waits sealed in the page that asks a person: nothing of it is kept here.

import { z } from "zod";
import type { Grant, OAuth } from "../highlevel/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type {
  Accepted,
  Asked,
  InstallApp,
  Installations,
  InstallStates,
  NotTaken,
  Principal,
  Seal,
} from "../tenancy/index.ts";

interface Needs {
  readonly oauth: OAuth;
  readonly redirectUri: string;
  readonly seal: Seal;
  readonly states: Pick<InstallStates, "begin" | "take">;
  readonly installations: Pick<Installations, "get">;
  /** What the CRM calls a location that this token opens; undefined where it does not say. */
  readonly nameOf: (location: string, token: string) => Promise<string | undefined>;
  readonly connect: (location: string, grant: Grant, by: string) => Promise<void>;
  readonly connectCompany: (company: string, grant: Grant, by: string) => Promise<void>;
}

/** A page names so many accounts of a company, and counts the rest. */
const NAMED = 20;
const Letter = z.object({ state: z.string(), grant: z.custom<Grant>((value) => typeof value === "object") });

export function openCodes(needs: Needs): Omit<InstallApp, "chooser"> {
  const { oauth, seal, states, installations } = needs;
  const placeOf = (by: Principal) => `install/${by.id}`;

  const exchange = async (code: string, by: Principal): Promise<Grant | NotTaken> => {
    const reply = await oauth.exchange(code, needs.redirectUri);
    if (reply.outcome === "refused") return { outcome: "refused", detail: reply.message };
    if (reply.outcome !== "done") return { outcome: "unanswered", detail: reply.detail };
    return refusalOf(reply.value, by) ?? reply.value;
  };

  const letIn = async (grant: Grant, by: Principal): Promise<Accepted> => {
    const { location = "", company = "" } = grant;
    await (grant.of === "Location"
      ? needs.connect(location, grant, by.id)
      : needs.connectCompany(company, grant, by.id));
    return { outcome: "connected" };
  };

  const lookAt = async (grant: Grant): Promise<Asked["opens"]> => {
    const { location = "", company = "" } = grant;
    if (grant.of === "Location") {
      const name = await needs.nameOf(location, grant.access);
      const known = installations.get(location)?.status === "active";
      return { of: "account", id: location, known, ...(name === undefined ? {} : { name }) };
    }
    const reply = await oauth.installed(grant.access, company);
    const found = reply.outcome === "done" ? reply.value : grant.approved.map((id) => ({ id }));
    const accounts: { id: string; name?: string }[] = found.slice(0, NAMED);
    return { of: "company", id: company, accounts, more: found.length - accounts.length };
  };

  return {
    async accept(code, by) {
      const grant = await exchange(code, by);
      return "outcome" in grant ? grant : letIn(grant, by);
    },
    async look(code, by) {
      const grant = await exchange(code, by);
      if ("outcome" in grant) return grant;
      const opens = await lookAt(grant);
      const { state } = await states.begin(by);
      // the accounts are told, and asked for again once it is connected: a letter is as long for two of them as for two thousand
      const letter = seal.seal(JSON.stringify({ state, grant: { ...grant, approved: [] } }), placeOf(by));
      return { outcome: "asked", opens, letter };
    },
    async confirm(letter, by) {
      const opened = read(seal, letter, placeOf(by));
      if (opened === undefined || (await states.take(opened.state))?.id !== by.id) return { outcome: "over" };
      // what they may connect is looked at again: it may have changed since they were asked
      return refusalOf(opened.grant, by) ?? letIn(opened.grant, by);
    },
  };
}

/** Why it may not be let in by this person. */
function refusalOf({ of, location, company }: Grant, by: Principal): NotTaken | undefined {
  if (of === "Location") {
    if (location === undefined) return { outcome: "refused", detail: "it named no account" };
    const mine = by.locations === "*" || by.locations.includes(location);
    return mine ? undefined : { outcome: "forbidden", detail: "You may connect your own team only." };
  }
  if (company === undefined) return { outcome: "refused", detail: "it named no company" };
  if (by.locations === "*") return undefined;
  return { outcome: "forbidden", detail: "A whole company is connected by who may see all of its teams." };
}

/** Undefined: altered, of another person, or of another secret. */
function read(seal: Seal, letter: string, place: string): z.infer<typeof Letter> | undefined {
  try {
    return Letter.parse(JSON.parse(seal.open(letter, place)));
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}
