// A disconnect here, told to the CRM: the app is taken out of the account there with the key that is about to be wiped. Asked
// once and never again: a repetition might come after the account was connected anew, and end that.

import type { OAuth } from "../highlevel/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { accessIn, type Installations, type Parting, type Seal } from "../tenancy/index.ts";

interface Needs {
  readonly clock: Pick<Clock, "real">;
  readonly seal: Seal;
  readonly installations: Pick<Installations, "token">;
  /** Absent: there is no app, so nothing to take out. */
  readonly oauth: Pick<OAuth, "uninstall"> | undefined;
}

export interface Leaving {
  /** In the transaction that wipes the key, before it does: a key is taken once. Answers what the audit says of the CRM. */
  takeKey(sql: Sql): Promise<JsonObject>;
  /** Once the account is disconnected here. Nothing is written any more: what failed is said. */
  tell(): Promise<Parting>;
}

export function openParting({ clock, seal, installations, oauth }: Needs, location: string): Leaving {
  let isIntegration = false;
  let key: string | undefined;

  return {
    async takeKey(sql) {
      isIntegration = (await readable(async () => installations.token(location))) !== undefined;
      const kept = isIntegration ? undefined : await readable(() => accessIn(sql, seal, location));
      key = kept !== undefined && kept.expiresAt > clock.real() ? kept.access : undefined;
      if (isIntegration) return { crm: "integration" };
      return { crm: key === undefined || oauth === undefined ? "no_key" : "asked" };
    },
    async tell() {
      if (isIntegration) return { crm: "integration", says: WORDS.integration };
      if (key === undefined || oauth === undefined) return { crm: "no_key", says: WORDS.noKey };
      const reply = await oauth.uninstall(key, location);
      if (reply.outcome === "done") return { crm: "told", says: WORDS.told };
      if (reply.outcome !== "refused") return { crm: "unanswered", says: WORDS.unanswered };
      return { crm: "refused", says: WORDS.refused(`${reply.status} ${reply.message}`) };
    },
  };
}

/** Sealed with another secret, a key opens nothing: the account is disconnected all the same. */
async function readable<Key>(open: () => Promise<Key>): Promise<Key | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

const WORDS = {
  told: "The CRM has taken the app out of the account, too.",
  refused: (why: string) =>
    `The CRM did not let us take the app out of the account (${why}). Remove it there by hand; here nothing goes on.`,
  unanswered:
    "The CRM did not answer and is not asked again. See there whether the app is still installed, and remove it; here nothing goes on.",
  integration:
    "The token of the private integration is wiped here. It goes on opening the account until somebody deletes it in the CRM.",
  noKey: "There was no key left to tell the CRM with. If the app is still installed there, remove it there by hand.",
};
