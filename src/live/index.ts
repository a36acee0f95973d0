export { type Hub, type HubOptions, openHub } from "./hub.ts";
export type { ClientFrame, From, ServerFrame } from "./protocol.ts";
export type { Source } from "./room.ts";
export type { Principal } from "./viewer.ts";
