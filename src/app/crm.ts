// The CRM: who may ask it for a location and with what, how often it may be asked, whose webhooks are its own, and what
// a location has there.

import { type Config, versionsOf, webhookKeys } from "../config.ts";
import {
  type HighLevel,
  openHighLevel,
  openOAuth,
  openSignatures,
  type Verify,
  withToken,
} from "../highlevel/index.ts";
import type { Facts } from "../kernel/facts.ts";
import { SECOND } from "../kernel/time.ts";
import { type Budget, openBudget, openHealth } from "../outreach/index.ts";
import { type Catalogs, openCatalogs } from "../tenancy/index.ts";
import { type Accounts, openAccounts } from "./accounts.ts";
import { askCatalog } from "./introductions.ts";
import { withOwnFields } from "./own-fields.ts";
import type { Premises } from "./premises.ts";
import type { Stops } from "./stops.ts";
import type { Teams } from "./teams.ts";
import { isTown } from "./town.ts";

export interface Crm {
  readonly url: string;
  readonly api: HighLevel;
  readonly budget: Budget;
  readonly accounts: Accounts;
  readonly catalogs: Catalogs;
  /** What to ask with for a location; undefined where it must be connected first. */
  token(location: string): Promise<string | undefined>;
  /** What is missing to ask for a location, and what to do about it; undefined where nothing is. */
  keyless(location: string): string | undefined;
  readonly verify: Verify;
  /** From now on also what is signed with this key: a town's is known once it runs, which is after we listen. */
  trust(pem: string): void;
  /** Reads anew what each location is called and has there. */
  look(): Promise<void>;
}

const keylessWords = (url: string): string =>
  `it has no token, and no app is set up (open ${url}/settings and connect it, or set HIGHLEVEL_TOKEN to the token of a private integration of it)`;

interface Needs {
  readonly config: Config;
  readonly premises: Premises;
  readonly teams: Teams;
  readonly facts: Facts;
  readonly stops: Stops;
  /** A location is there that was not, or is there again. */
  readonly arrived: () => Promise<unknown>;
}

export async function openCrm({ config, premises, teams, facts, stops, arrived }: Needs): Promise<Crm> {
  const { database, clock: real, secret, seal } = premises;
  const { clock, installations, locations, town } = teams;
  const url = town?.apiUrl ?? config.highlevel.apiUrl;
  const versions = versionsOf(config);
  const budget = openBudget({ database, clock: real });
  const health = openHealth({ database, clock: real, facts });
  stops.add(() => health.close());
  const oauth = config.highlevel.app && openOAuth({ url, clock: real, ...versions, ...config.highlevel.app });
  const accounts = await openAccounts({
    ...{ database, clock, facts, seal, secret, installations, oauth, url: config.url },
    api: () => api,
    tryToken: (location, shown) => withToken({ url, clock: real, ...versions }, shown, (own) => own.location(location)),
    arrived: (location) => Promise.all([arrived(), catalogs.sync(location)]),
  });
  stops.add(() => accounts.close());
  const token = async (location: string) => (location === town?.location ? town.token : accounts.token(location));
  const api = openHighLevel({
    ...{ url, clock: real, token, budget, health, ...versions },
    instead: (location, refused) => accounts.instead(location, refused),
    onRate: (location, rate) => budget.note(location, rate),
  });
  const isWrittenBack = (location: string) => installations.get(location)?.settings["writeBack"] === true;
  const ask = async (location: string) => {
    const items = await askCatalog(api, location);
    return isWrittenBack(location) ? withOwnFields(api, location, items) : items;
  };
  const catalogs = openCatalogs({ database, clock, ask });
  stops.add(catalogs.follow(locations, 30 * SECOND));
  stops.add(() => api.close()); // before the catalogs: what they ask of a CRM that does not answer ends with it

  const signatures = openSignatures(webhookKeys(config));
  let trusted: Verify | undefined;
  return {
    ...{ url, api, budget, accounts, catalogs, token },
    keyless: (location) => (!isTown(location) && accounts.isKeyless(location) ? keylessWords(config.url) : undefined),
    verify: (raw, headers) => trusted?.(raw, headers) === true || signatures(raw, headers),
    trust(pem) {
      trusted = openSignatures({ pem });
    },
    async look() {
      for (const location of locations()) {
        await catalogs.sync(location);
        if (!isTown(location)) await accounts.look(location);
      }
    },
  };
}
