import type { EventSource, NewEvent } from "../events/index.ts";
import type { LeadReference } from "../highlevel/index.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";

/** Something verified and understood, to be made durable before it is answered. */
export interface Delivery {
  readonly location: string;
  /** For facts and figures. */
  readonly type: string;
  readonly source: EventSource;
  readonly receivedAt: Instant;
  /** The key under which it counts once; without one it always counts. */
  readonly receipt?: Receipt;
  /** The body as it came, where it is kept. */
  readonly raw?: Buffer;
  readonly lead: LeadReference;
  /** The tracker's id of whoever did it, also when the lead is named: then the visitor is known from here on. */
  readonly visitor?: string;
  /** Where events go whose lead nobody knows. */
  readonly otherwise: string;
  readonly events: readonly NewEvent[];
  readonly receipts: readonly ProviderReceipt[];
}

interface Receipt {
  readonly id: string;
  /** Counts again after this long; never, without it. */
  readonly again?: Millis;
}
