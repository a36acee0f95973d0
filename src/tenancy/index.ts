export { type Access, openAccess } from "./access.ts";
export {
  type Asker,
  type Asking,
  atOurs,
  mustBe,
  openAsker,
  openWho,
  orNobody,
  type Who,
} from "./asker.ts";
export { type CatalogItem, type Catalogs, openCatalogs, readCatalog } from "./catalogs.ts";
export { type Companies, type Company, openCompanies } from "./companies.ts";
export { type ConnectionDoors, connectionRoutes } from "./connection-routes.ts";
export { type Connection, companyOf, connectionOf, type Parting } from "./connections.ts";
export { type AppNotice, afterMint, decideApp, isForCompany, isWaiting } from "./decide.ts";
export { type InstallStates, openInstallStates } from "./install-state.ts";
export {
  type AuditEntry,
  atLeast,
  type Installation,
  mayUse,
  type Principal,
  ROLES,
  type Role,
  type Standing,
  type StatusWhy,
} from "./installation.ts";
export { type Expected, type Installations, type InstallRequest, openInstallations } from "./installations.ts";
export { type Links, openLinks } from "./links.ts";
export {
  type Accepted,
  type Asked,
  type InstallApp,
  type InstallDoors,
  type NotTaken,
  oauthRoutes,
} from "./oauth-routes.ts";
export { type LocationRules, openRules, type RuleSettings } from "./rules.ts";
export { deriveKey, openSeal, readSecret, type Seal } from "./seal.ts";
export { giveUp, isNothing, noteSecret, readUnopened, secretFits, type Unopened } from "./sealed.ts";
export { openSecrets, type Secrets } from "./secrets.ts";
export {
  openSessions,
  type Session,
  type SessionDoors,
  type SessionOptions,
  type Sessions,
  sessionRoutes,
} from "./session.ts";

export { keepChosen, lockChosen, readChosen, type Switch, turnSwitch } from "./settings.ts";
export { openSites, originOf, type SiteSettings, type Sites, siteFinder, siteSettings, trackerLine } from "./site.ts";

export { insertAudit, insertAudits } from "./store.ts";
export { type Holder, readTokens } from "./token-store.ts";
export { accessIn, type KeptToken, openTokens, readAccess, type Tokens } from "./tokens.ts";
