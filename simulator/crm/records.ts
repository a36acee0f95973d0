// What the CRM holds, in the shapes of its API (v3 names; the dated versions differ only in dndSettings' keys).

export type ChannelType = "SMS" | "Email" | "WhatsApp";
export type DndChannel = "call" | "email" | "sms" | "whatsApp" | "gmb" | "fb";

export interface Dnd {
  readonly status: "active" | "inactive" | "permanent";
  readonly message?: string;
  readonly code?: string;
}

export interface Contact {
  id: string;
  locationId: string;
  name: string;
  firstName: string;
  lastName: string;
  email?: string;
  phone?: string;
  timezone?: string;
  companyName?: string;
  dnd: boolean;
  dndSettings: Partial<Record<DndChannel, Dnd>>;
  type: string;
  source?: string;
  assignedTo?: string;
  address1?: string;
  city?: string;
  state?: string;
  country: string;
  postalCode?: string;
  website?: string;
  dateOfBirth?: string;
  tags: string[];
  customFields: { id: string; value: unknown }[];
  dateAdded: string;
  dateUpdated: string;
}

type MessageStatus = "pending" | "sent" | "delivered" | "failed" | "undelivered" | "opened" | "clicked" | "read";

export interface Message {
  readonly id: string;
  readonly conversationId: string;
  readonly contactId: string;
  readonly channel: ChannelType | "CALL";
  readonly direction: "inbound" | "outbound";
  readonly source: "api" | "app" | "workflow";
  readonly body: string;
  readonly subject?: string;
  readonly emailMessageId?: string;
  readonly attachments: readonly string[];
  /** Real time: look-ups compare it with their own attempt. */
  readonly at: number;
  status: MessageStatus | "completed" | "voicemail" | "no-answer";
}

export interface Conversation {
  readonly id: string;
  readonly contactId: string;
  unread: number;
  /** Oldest first. */
  readonly messages: Message[];
}

export interface Task {
  readonly id: string;
  readonly contactId: string;
  title: string;
  body?: string;
  assignedTo?: string;
  dueDate: string;
  completed: boolean;
}

export interface Note {
  readonly id: string;
  readonly contactId: string;
  readonly body: string;
  readonly userId?: string;
  readonly title?: string;
  /** Real time, as a message's. */
  readonly dateAdded: string;
}

export interface Opportunity {
  readonly id: string;
  readonly contactId: string;
  pipelineId: string;
  pipelineStageId: string;
  name: string;
  monetaryValue: number;
  status: "open" | "won" | "lost" | "abandoned";
  assignedTo?: string;
  source?: string;
  /** Real time, as a message's: look-ups compare it with their own attempt. */
  readonly createdAt: string;
  /** Domain time. */
  readonly dateAdded: string;
  updatedAt: string;
}

export interface Appointment {
  readonly id: string;
  readonly calendarId: string;
  readonly contactId: string;
  readonly title: string;
  readonly appointmentStatus: string;
  readonly assignedUserId: string;
  readonly users: readonly string[];
  readonly address: string;
  readonly source: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly dateAdded: string;
  readonly dateUpdated: string;
}

export interface CustomField {
  readonly id: string;
  readonly name: string;
  readonly fieldKey: string;
  readonly dataType: string;
  readonly model: "contact" | "opportunity";
  readonly position: number;
}

/** HighLevel's number of a message type: 1 to 3 as documented or seen, 19 as seen for WhatsApp. */
export const TYPE_NUMBER = { CALL: 1, SMS: 2, Email: 3, WhatsApp: 19 } as const;
export const TYPE_STRING = {
  CALL: "TYPE_CALL",
  SMS: "TYPE_SMS",
  Email: "TYPE_EMAIL",
  WhatsApp: "TYPE_WHATSAPP",
} as const;
export const DND_KEY = { SMS: "sms", Email: "email", WhatsApp: "whatsApp" } as const satisfies Record<
  ChannelType,
  DndChannel
>;

/** v3 key to the key of webhooks and of the dated versions. */
export const OLD_DND_KEY: Readonly<Record<DndChannel, string>> = {
  call: "Call",
  email: "Email",
  sms: "SMS",
  whatsApp: "WhatsApp",
  gmb: "GMB",
  fb: "FB",
};

export function oldDndSettings(settings: Contact["dndSettings"]): Record<string, Dnd> {
  return Object.fromEntries(
    (Object.entries(settings) as [DndChannel, Dnd][]).map(([key, value]) => [OLD_DND_KEY[key], value]),
  );
}
