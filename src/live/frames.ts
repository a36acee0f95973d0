// One text frame, encoded once and written to many sockets. `ws` encodes per socket: at thousands of viewers that is
// where the time goes. This file alone knows of its insides, and falls back to `send` where they have changed.

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import * as ws from "ws";

export interface Frame {
  readonly text: string;
  /** The bytes on the wire; absent when this `ws` cannot be asked for them. */
  readonly bytes?: Buffer;
}

type FrameMaker = (data: Buffer, options: Record<string, unknown>) => Buffer[];
const make = (ws as unknown as { Sender?: { frame?: FrameMaker } }).Sender?.frame;

/** Unmasked, final, opcode 1 (text), uncompressed, as RFC 6455 has servers send them. */
export function encode(value: unknown): Frame {
  const text = JSON.stringify(value);
  if (make === undefined) return { text };
  const options = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true };
  return { text, bytes: Buffer.concat(make(Buffer.from(text), options)) };
}

/** Hands a frame to one socket; a closed one takes nothing. */
export function deliver(socket: WebSocket, frame: Frame): void {
  if (socket.readyState !== socket.OPEN) return;
  const raw = (socket as unknown as { _socket?: Socket })._socket;
  // a frame that `ws` itself is still writing in pieces must not be cut in two: without compression it never is
  if (frame.bytes !== undefined && raw?.writable) raw.write(frame.bytes);
  else socket.send(frame.text);
}

/** Bytes that this socket has not taken yet. */
export function waiting(socket: WebSocket): number {
  const raw = (socket as unknown as { _socket?: Socket })._socket;
  return raw?.writableLength ?? socket.bufferedAmount;
}
