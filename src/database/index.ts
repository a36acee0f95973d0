export { type Embedded, type EmbeddedOptions, openEmbedded } from "./embedded.ts";
export { type Migrated, type MigrateOptions, migrate } from "./migrate.ts";
export { openDatabase, type PostgresDatabase, type PostgresOptions } from "./pool.ts";
