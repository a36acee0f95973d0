// The CRM's own words about the app: it came, it went, of a location or of a whole company. They are mail of `_app`.

import { APP_LOCATION, deleteMail, LOCATION_LEAD, type Mail, readMail } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import {
  type AppNotice,
  type Companies,
  decideApp,
  type Expected,
  type Installations,
  type Standing,
} from "../tenancy/index.ts";
import { each } from "./each.ts";

interface Needs {
  readonly database: Database;
  readonly installations: Installations;
  readonly companies: Companies;
  /** Our own app's id; absent: there is none, and nobody is heard. */
  readonly app: string | undefined;
  /** A token for it is to be had of its company. This and the others answer false where it stood otherwise than expected. */
  connect(only: Expected, location: string, company: string, at: Instant): Promise<boolean>;
  /** It came back, and a person must connect it. */
  invite(only: Expected, location: string, at: Instant): Promise<boolean>;
  remove(only: Expected, location: string, at: Instant): Promise<boolean>;
  /** @param of what is expected of each of its locations */
  removeCompany(only: Expected, company: string, at: Instant, of: (location: string) => Expected): Promise<boolean>;
}

const LETTERS = 50;
/** Each was overtaken by a change of what it is about. */
const TRIES = 5;

export function openAppWords(needs: Needs) {
  const { database, installations, companies, app } = needs;
  const inApp = <T>(work: (sql: Sql) => Promise<T>) => database.transaction([APP_LOCATION], work);

  /** Decided by what is in memory, and carried out where the database has it so, too: another process may have been quicker. */
  const hear = async (notice: AppNotice): Promise<boolean> => {
    const of = (
      named: AppNotice,
      location: Standing | undefined,
      company: Standing | undefined = named.company === undefined ? undefined : companies.get(named.company),
    ) => decideApp(named, { app, location, company });
    const known = notice.location === undefined ? undefined : installations.get(notice.location);
    const change = of(notice, known);
    const alike: Expected = (stands) => of(notice, stands).change === change.change;
    const { at } = notice;
    switch (change.change) {
      case "connect":
        return needs.connect(alike, change.location, change.company, at);
      case "invite":
        return needs.invite(alike, change.location, at);
      case "confirm":
        return installations.confirm(alike, change.location, at);
      case "remove":
        return needs.remove(alike, change.location, at);
      case "list":
        await companies.unlist(change.company);
        return true;
      case "remove_company": {
        const still: Expected = (stands) => of(notice, undefined, stands).change === "remove_company";
        const its = (location: string) => (stands: Standing | undefined) =>
          of({ ...notice, location }, stands).change === "remove";
        return needs.removeCompany(still, change.company, at, its);
      }
      case "none":
        return true;
    }
  };
  const learn = () => Promise.all([installations.refresh(), companies.refresh()]);

  return {
    /** Reads what came, oldest first. Each is carried out before it is forgotten: hearing it twice does no harm. */
    async read(): Promise<void> {
      const mail = await inApp((sql) => readMail(sql, APP_LOCATION, [LOCATION_LEAD], LETTERS));
      const letters = mail.get(LOCATION_LEAD) ?? [];
      if (letters.length === 0) return;
      await learn();
      await each(letters, async (letter) => {
        const notice = noticeOf(letter);
        for (let left = TRIES; notice !== undefined && left > 0 && !(await hear(notice)); left -= 1) await learn();
        await inApp((sql) => deleteMail(sql, APP_LOCATION, [letter.seq]));
      });
    },
  };
}

/** What a letter to the app says; undefined where it is none of the CRM's. */
function noticeOf(letter: Mail): AppNotice | undefined {
  if (letter.kind !== "event") return undefined;
  const { type, at, data } = letter.event;
  const id = (name: keyof JsonObject) => {
    const value = data[name];
    return typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : undefined;
  };
  // without a location it is about all of a company's: one that names what is none is not heard
  const named = data["locationId"];
  if (id("locationId") === undefined && named !== undefined && named !== null && named !== "") return undefined;
  return {
    type: type.replace(/^crm\./, ""),
    at,
    app: id("appId"),
    location: id("locationId"),
    company: id("companyId"),
  };
}
