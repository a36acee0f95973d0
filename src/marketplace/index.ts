export type { ActionAnswer, ActionAsked, ActionName } from "./action.ts";
export { announced, concerns, type Told } from "./announce.ts";
export { type Acted, type MarketplaceDoors, marketplaceRoutes, type Option, type OptionList } from "./routes.ts";
export { readSubscriptions, type SubscriptionView, targetOf } from "./store.ts";
export type { Subscription, TriggerEvent } from "./subscription.ts";
