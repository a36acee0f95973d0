// HighLevel's API, as far as we call it: one function per operation, values for whatever it may answer, no retries.

import { type ContactsOperations, contactsOperations } from "./operations/contacts.ts";
import { type ConversationsOperations, conversationsOperations } from "./operations/conversations.ts";
import { type LocationsOperations, locationsOperations } from "./operations/locations.ts";
import { type OpportunitiesOperations, opportunitiesOperations } from "./operations/opportunities.ts";
import { type ClientOptions, openApi } from "./request.ts";

export interface HighLevel
  extends ConversationsOperations,
    ContactsOperations,
    OpportunitiesOperations,
    LocationsOperations {
  close(): Promise<void>;
}

export function openHighLevel(options: ClientOptions): HighLevel {
  const api = openApi(options);
  return {
    ...conversationsOperations(api),
    ...contactsOperations(api),
    ...opportunitiesOperations(api),
    ...locationsOperations(api),
    close: () => api.close(),
  };
}
