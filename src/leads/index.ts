export {
  type Appointment,
  type ChannelName,
  type Consent,
  type Contact,
  type CustomValue,
  type Lead,
  type Opportunity,
  stub,
} from "./lead.ts";
