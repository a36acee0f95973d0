// HighLevel's API, as far as we call it: one function per operation, values for whatever it may answer, no retries.

import type { Budget, Lane } from "../outreach/index.ts";
import { type ContactsOperations, contactsOperations } from "./operations/contacts.ts";
import { type ConversationsOperations, conversationsOperations } from "./operations/conversations.ts";
import { type LocationsOperations, locationsOperations } from "./operations/locations.ts";
import { type OpportunitiesOperations, opportunitiesOperations } from "./operations/opportunities.ts";
import { type SearchesOperations, searchesOperations } from "./operations/searches.ts";
import { type Api, type ClientOptions, openApi } from "./request.ts";

export interface Operations
  extends ConversationsOperations,
    ContactsOperations,
    OpportunitiesOperations,
    LocationsOperations,
    SearchesOperations {}

/** As it stands, each request takes its grant in the lane *normal* before it leaves, and waits for it a while. */
export interface HighLevel extends Operations {
  /** The same in another lane: *urgent* for what somebody waits for, *bulk* for what may take all night. */
  lane(lane: Lane): Operations;
  /** For who has taken the grants itself: the outbox. */
  readonly granted: Operations;
  close(): Promise<void>;
}

export interface HighLevelOptions extends ClientOptions {
  /** What each location may ask; absent in a command that asks a few questions and ends. */
  readonly budget?: Pick<Budget, "take">;
}

export function openHighLevel({ budget, ...options }: HighLevelOptions): HighLevel {
  const api = openApi(options);
  const granted = operationsOf(api);
  const lane = (name: Lane): Operations => (budget === undefined ? granted : operationsOf(counted(api, budget, name)));
  return { ...lane("normal"), lane, granted, close: () => api.close() };
}

const operationsOf = (api: Api): Operations => ({
  ...conversationsOperations(api),
  ...contactsOperations(api),
  ...opportunitiesOperations(api),
  ...locationsOperations(api),
  ...searchesOperations(api),
});

/** No request leaves without its grant; where there is none in time, it was not taken, as after a 429. */
function counted(api: Api, budget: Pick<Budget, "take">, lane: Lane): Api {
  return {
    ...api,
    async call(location, call) {
      const grant = await budget.take(location, lane, 1, { signal: call.signal });
      if (grant.granted) return api.call(location, call);
      const detail = "the location's share of the rate is spent";
      return { outcome: "not_taken", cause: "rate", retryAt: grant.retryAt, detail };
    },
  };
}

/** Asks with one token, for whoever tries it. */
export async function withToken<T>(
  options: Omit<ClientOptions, "token">,
  token: string,
  ask: (api: Operations) => Promise<T>,
): Promise<T> {
  const api = openHighLevel({ ...options, token: () => token });
  try {
    return await ask(api);
  } finally {
    await api.close();
  }
}
