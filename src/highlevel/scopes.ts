// What we ask the CRM to be let into, and why: nothing that no operation of ours needs. docs/connecting.md lists the same.

export const SCOPES: Readonly<Record<string, string>> = {
  "contacts.readonly": "who a lead is; unlocks the webhooks about contacts, notes and tasks",
  "contacts.write": "tags, fields, notes and tasks that workflows write",
  "conversations.readonly": "finds a conversation, to see whether a message whose answer was lost was taken",
  "conversations/message.readonly": "looks up that message; unlocks the webhooks about messages in and out",
  "conversations/message.write": "sends texts and e-mails",
  "opportunities.readonly": "pipelines and stages by name; unlocks the webhooks about deals",
  "opportunities.write": "deals that workflows create and move",
  "calendars.readonly": "names the calendars whose appointments are read",
  "calendars/events.readonly": "finds appointments that no webhook told; unlocks the webhooks about them",
  "locations.readonly": "the team's name and time zone",
  "locations/customFields.readonly": "what the ids of custom fields stand for",
  "locations/customFields.write": "makes the fields in which contacts show their score, where a team turns that on",
  "locations/tags.readonly": "lets a check say that a workflow names a tag which is not there",
  "users.readonly": "the people of the team, to whom leads, tasks and notices go",
  "workflows.readonly": "the CRM's own workflows by name: calls go through them",
  "voice-ai-dashboard.readonly": "unlocks the webhook that tells what callers said to the voice agent",
};

/** What an install by a whole company takes besides: its locations, and a token for each of them. Any can do without. */
export const COMPANY_SCOPES: Readonly<Record<string, string>> = {
  "oauth.readonly": "in which of the company's accounts the app is installed",
  "oauth.write": "a token for each of them, and for those to come; tells the CRM of a disconnect here",
};

/** Which of ours a token was not given. One that names none tells nothing. */
export const missingScopes = (granted: readonly string[]): readonly string[] =>
  granted.length === 0 ? [] : Object.keys(SCOPES).filter((scope) => !granted.includes(scope));
