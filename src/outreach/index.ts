export type {
  Channel,
  Lane,
  LookupResult,
  MessageRules,
  OutboxKind,
  OutboxRow,
  OutboxState,
  OutgoingMessage,
  ProviderIds,
  Rendered,
  SendResult,
  Verdict,
} from "./message.ts";
