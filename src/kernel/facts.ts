// Facts, not log lines: what happened, typed, past tense, units in the names. Logging, metrics and the live
// hub subscribe in main.ts. A lead's addresses and texts never enter a fact.

/** Background work, by the name that the log and the page of the system know it by. */
export type LoopName =
  | "accounts"
  | "catalog"
  | "experiments"
  | "fold"
  | "health"
  | "import"
  | "introductions"
  | "jobs"
  | "learn"
  | "live"
  | "mark"
  | "processes"
  | "receipts"
  | "reconcile"
  | "retention"
  | "sender"
  | "statistics"
  | "training"
  | "turns"
  | "workflows";

export interface FactMap {
  webhook_accepted: { location: string; type: string; duplicate: boolean; wait_ms: number };
  webhook_refused: { code: string };
  webhook_not_installed: { location: string };
  events_ingested: { location: string; count: number };
  track_discounted: { location: string; count: number };
  request_failed: { route: string; code: string; reason: string };
  turn_saved: { location: string; leads: number; inputs: number; decide_us: number; turn_ms: number };
  lead_failed: { location: string; lead: string; failures: number; parked: boolean; reason: string };
  message_sent: { location: string; channel: string; outcome: string; wait_ms: number };
  provider_failed: { location: string; kind: string };
  breaker_changed: { location: string; dependency: string; state: string; failures: number };
  lookup_done: { location: string; outcome: string };
  workflows_loaded: {
    files: number;
    /** How many are live, also where files have errors. */
    workflows: number;
    errors: number;
    first_error?: string;
    /** Names of files with errors, and of those that run as they last were good; the first ten. */
    in_error?: string;
    as_last_good?: string;
    load_ms: number;
  };
  workflow_published: { location: string; workflow: string; change: string; on_edit: string; runs: number };
  reading_done: { location: string; kind: string; read: number; found: number; missed: number };
  reading_failed: { location: string; kind: string; reason: string };
  training_ended: { location: string; kind: string; outcome: string; took_ms: number };
  model_drifted: { location: string; model: string; says: string };
  model_refused: { location: string; model: string; reason: string };
  loop_failed: { loop: LoopName; reason: string };
  token_renewed: { holder: "location" | "company"; wait_ms: number };
  token_put_off: { holder: "location" | "company" };
  location_parked: { location: string; reason: string };
  installation_changed: { location: string; status: string };
  database_lost: { reason: string };
  configuration_warned: { warning: string };
}

export type FactName = keyof FactMap;

export interface Facts {
  emit<Name extends FactName>(name: Name, fact: FactMap[Name]): void;
  on<Name extends FactName>(name: Name, listener: (fact: FactMap[Name]) => void): () => void;
  onAny(listener: (name: FactName, fact: FactMap[FactName]) => void): () => void;
}

/** A listener that throws is dropped from that emission, never the emitter's problem. */
export function openFacts(): Facts {
  const listeners = new Map<FactName, Set<(fact: never) => void>>();
  const everything = new Set<(name: FactName, fact: FactMap[FactName]) => void>();
  const safely = (call: () => void) => {
    try {
      call();
    } catch {
      // a subscriber's fault must not reach a turn or a sender
    }
  };
  return {
    emit(name, fact) {
      for (const listener of listeners.get(name) ?? []) safely(() => listener(fact as never));
      for (const listener of everything) safely(() => listener(name, fact));
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener as (fact: never) => void));
      return () => set.delete(listener as (fact: never) => void);
    },
    onAny(listener) {
      everything.add(listener);
      return () => everything.delete(listener);
    },
  };
}
