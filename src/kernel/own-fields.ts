// Custom fields of ours in the CRM: what Latchkey knows of a contact, for people to read and filter by. Known by their
// keys, so that they may be renamed. What is written there is our own word: read back, it is nobody's act.

export interface OwnField {
  /** The CRM makes its key of it when the field is created. */
  readonly name: string;
  readonly key: string;
  readonly dataType: "NUMERICAL" | "TEXT" | "LARGE_TEXT";
}

export const OWN_FIELDS = {
  /** 0 to 100. */
  score: { name: "Latchkey score", key: "latchkey_score", dataType: "NUMERICAL" },
  /** hot, warm, cold. */
  tier: { name: "Latchkey tier", key: "latchkey_tier", dataType: "TEXT" },
  /** Percent: the chance that it goes cold. Written where a model says it. */
  churn: { name: "Latchkey going cold", key: "latchkey_going_cold", dataType: "NUMERICAL" },
  /** One sentence, and when. */
  decision: { name: "Latchkey last decision", key: "latchkey_last_decision", dataType: "LARGE_TEXT" },
} as const satisfies Readonly<Record<string, OwnField>>;

const KEYS: ReadonlySet<string> = new Set(Object.values(OWN_FIELDS).map(({ key }) => key));

/** @param key as a catalog names it, without `contact.` */
export const isOwnField = (key: string): boolean => KEYS.has(key);
