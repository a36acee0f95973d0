// Messages and the conversations they stand in.

import * as answer from "../answers.ts";
import { type Api, mapped, type Reply } from "../request.ts";

export interface SendBody {
  readonly type: "SMS" | "Email" | "WhatsApp";
  readonly contactId: string;
  readonly message?: string;
  readonly subject?: string;
  readonly html?: string;
  readonly emailTo?: string;
  readonly emailFrom?: string;
  /** https addresses. */
  readonly attachments?: readonly string[];
  readonly toNumber?: string;
  /** E.164; one of the location's own. */
  readonly fromNumber?: string;
}

interface Page {
  readonly limit?: number;
  readonly after?: string;
}

export interface ConversationsOperations {
  sendMessage(location: string, body: SendBody, signal?: AbortSignal): Promise<Reply<answer.Sent>>;
  /** The contact's conversation, if there is one. */
  conversationOf(location: string, contact: string, signal?: AbortSignal): Promise<Reply<string | undefined>>;
  /** Newest first, at most 100; `after` is the last id of the page before. */
  messages(
    location: string,
    conversation: string,
    page?: Page,
    signal?: AbortSignal,
  ): Promise<Reply<answer.MessagePage>>;
  message(location: string, id: string, signal?: AbortSignal): Promise<Reply<answer.Message>>;
}

export function conversationsOperations({ call }: Api): ConversationsOperations {
  return {
    sendMessage: (location, body, signal) =>
      call(location, {
        resource: "conversations",
        method: "POST",
        path: "/conversations/messages",
        body,
        shape: answer.Sent,
        signal,
      }),
    async conversationOf(location, contact, signal) {
      const reply = await call(location, {
        resource: "conversations",
        method: "GET",
        path: "/conversations/search",
        query: { locationId: location, contactId: contact, limit: 20 },
        shape: answer.Conversations,
        signal,
      });
      return mapped(reply, ({ conversations }) => conversations.find(({ contactId }) => contactId === contact)?.id);
    },
    messages: (location, conversation, { limit = 100, after } = {}, signal) =>
      call(location, {
        resource: "conversations",
        method: "GET",
        path: `/conversations/${encodeURIComponent(conversation)}/messages`,
        query: { limit, lastMessageId: after },
        shape: answer.MessagePage,
        signal,
      }),
    message: (location, id, signal) =>
      call(location, {
        resource: "conversations",
        method: "GET",
        path: `/conversations/messages/${encodeURIComponent(id)}`,
        shape: answer.Message,
        signal,
      }),
  };
}
