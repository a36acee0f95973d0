export { type Access, openAccess } from "./access.ts";
export { type Asker, type Asking, openAsker, orNobody } from "./asker.ts";
export { type CatalogItem, type Catalogs, openCatalogs } from "./catalogs.ts";
export {
  type AuditEntry,
  atLeast,
  type Installation,
  mayUse,
  type Principal,
  ROLES,
  type Role,
} from "./installation.ts";
export { type Installations, type InstallRequest, openInstallations } from "./installations.ts";
export { type Links, openLinks } from "./links.ts";
export { type LocationRules, openRules, type RuleSettings } from "./rules.ts";
export { deriveKey, openSeal, readSecret, type Seal } from "./seal.ts";
export { openSecrets, type Secrets } from "./secrets.ts";
export {
  openSessions,
  type Session,
  type SessionDoors,
  type SessionOptions,
  type Sessions,
  sessionRoutes,
} from "./session.ts";
export { type Switch, turnSwitch } from "./settings.ts";
export { openSites, originOf, type SiteSettings, type Sites, siteFinder, siteSettings } from "./site.ts";
export { insertAudit } from "./store.ts";
export { type Holder, readTokens } from "./token-store.ts";
export { openTokens, type Tokens } from "./tokens.ts";
