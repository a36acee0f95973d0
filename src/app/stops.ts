// What a start has opened is ended in reverse: whoever was given something ends before it does.

export interface Stops {
  add(stop: () => unknown): void;
  /** Each once, one after the other. */
  close(): Promise<void>;
}

export function openStops(): Stops {
  const stops: (() => unknown)[] = [];
  return {
    add: (stop) => void stops.push(stop),
    async close() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}
