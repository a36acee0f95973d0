export { type DatabaseClock, openDatabaseClock, scaledClock, type VirtualClock, virtualClock } from "./clock.ts";
export { type Embedded, type EmbeddedOptions, findServed, openEmbedded } from "./embedded.ts";
export { type HintOptions, type Hints, openHints } from "./hints.ts";
export type { Patience } from "./lock.ts";
export { type Migrated, type MigrateOptions, migrate, mustBeCurrent } from "./migrate.ts";
export { hasCluster } from "./place.ts";
export { openDatabase, type PostgresDatabase, type PostgresOptions } from "./pool.ts";
export { KEPT, type Swept, sweep } from "./retention.ts";
export { tendStatistics } from "./statistics.ts";
