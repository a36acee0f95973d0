export type { ActionAnswer, ActionAsked, ActionName } from "./action.ts";
export { announced, concerns, type Told } from "./announce.ts";
export {
  type Acted,
  type MarketplaceDoors,
  marketplaceRoutes,
  type Option,
  type OptionList,
  type WriteBackDoor,
} from "./routes.ts";
export { readSubscriptions, type SubscriptionView, targetOf } from "./store.ts";
export type { Subscription, TriggerEvent } from "./subscription.ts";
export { type Standing, writeBack } from "./write-back.ts";
export { readWritten, rewrite, saveWritten } from "./write-back-store.ts";
