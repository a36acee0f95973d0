// What HighLevel's API answers, as far as we read it. Lenient: its published schemas and its answers differ.

import { z } from "zod";
import { contact } from "./payload.ts";

const text = z.string().nullish();

export const Anything = z.unknown();

export const Sent = z.looseObject({ messageId: z.string(), conversationId: text, emailMessageId: text });
export type Sent = z.infer<typeof Sent>;

export const Conversations = z.looseObject({
  conversations: z.array(z.looseObject({ id: z.string(), contactId: text })),
});

export const Message = z.looseObject({
  id: z.string(),
  messageType: text,
  type: z.union([z.number(), z.string()]).nullish(),
  conversationId: text,
  body: text,
  direction: text,
  status: text,
  source: text,
  dateAdded: z.union([z.string(), z.number()]).nullish(),
  meta: z
    .looseObject({ email: z.looseObject({ messageIds: z.array(z.string()).nullish(), subject: text }).nullish() })
    .nullish(),
});
export type Message = z.infer<typeof Message>;

const Page = z.object({ messages: z.array(Message), nextPage: z.boolean().nullish(), lastMessageId: text });

/** Documented flat; the live API has been seen to wrap it once more. */
export const MessagePage = z.union([Page, z.object({ messages: Page }).transform(({ messages }) => messages)]);
export type MessagePage = z.infer<typeof MessagePage>;

export const ContactAnswer = z.looseObject({ contact: contact.extend({ dateUpdated: text }) });
export const Upserted = z.looseObject({ new: z.boolean().nullish(), contact: z.looseObject({ id: z.string() }) });

export const Task = z.looseObject({ id: z.string(), title: text, body: text, completed: z.boolean().nullish() });
export type Task = z.infer<typeof Task>;
export const TaskAnswer = z.looseObject({ task: Task });
export const Tasks = z.looseObject({ tasks: z.array(Task) });

export const Note = z.looseObject({ id: z.string(), body: text, dateAdded: text });
export type Note = z.infer<typeof Note>;
export const NoteAnswer = z.looseObject({ note: Note });
export const Notes = z.looseObject({ notes: z.array(Note) });

export const Field = z.looseObject({ id: z.string(), fieldKey: text, name: text, dataType: text });
export type Field = z.infer<typeof Field>;
export const OneField = z.looseObject({ customField: Field });
export const Fields = z.looseObject({ customFields: z.array(Field) });

export const User = z.looseObject({
  id: z.string(),
  name: text,
  firstName: text,
  lastName: text,
  email: text,
  phone: text,
  /** Their number by location id. The documents give it no shape. */
  lcPhone: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  deleted: z.boolean().nullish(),
});
export type User = z.infer<typeof User>;
export const Users = z.looseObject({ users: z.array(User) });

export const Pipeline = z.looseObject({
  id: z.string(),
  name: text,
  stages: z.array(z.looseObject({ id: z.string(), name: text })),
});
export type Pipeline = z.infer<typeof Pipeline>;
export const Pipelines = z.looseObject({ pipelines: z.array(Pipeline) });

export const Opportunity = z.looseObject({
  id: z.string(),
  name: text,
  pipelineId: text,
  createdAt: text,
});
export type Opportunity = z.infer<typeof Opportunity>;
export const OpportunityAnswer = z.looseObject({ opportunity: Opportunity });
export const Opportunities = z.looseObject({ opportunities: z.array(Opportunity) });

export const Named = z.looseObject({ id: z.string(), name: text });
export type Named = z.infer<typeof Named>;
export const Workflows = z.looseObject({ workflows: z.array(Named) });
export const Tags = z.looseObject({ tags: z.array(Named) });

const Location = z.looseObject({ id: z.string(), name: text, timezone: text, companyId: text });
export type Location = z.infer<typeof Location>;
export const LocationAnswer = z.looseObject({ location: Location });
