// A team's dealings with its contacts: tasks, notes, opportunities, appointments, and the webhooks each change causes.

import { CALENDAR_ID, PIPELINE, USERS } from "./catalog.ts";
import type { KeptCrm } from "./kept.ts";
import type { Appointment, Note, Opportunity, Task } from "./records.ts";
import type { Webhooks } from "./webhooks.ts";

export interface AppointmentRequest {
  readonly id?: string;
  readonly contactId: string;
  readonly start: number;
  readonly title: string;
  readonly status: "new" | "confirmed" | "cancelled" | "showed" | "noshow";
}

interface DealingsParts {
  readonly webhooks: Webhooks;
  /** The next id of a kind below an owner. */
  readonly nextId: (kind: string, owner?: string) => string;
  readonly stamp: () => string;
  /** As the API stamps what look-ups compare: real time. */
  readonly realStamp: () => string;
  /** A search finds it as it is now, in a while. */
  readonly touched: (id: string) => void;
  readonly onTask: ((task: Task) => void) | undefined;
}

type KeptDealings = Pick<KeptCrm, "opportunities" | "appointments" | "tasks" | "notes">;

export function openDealings({ webhooks, nextId, stamp, realStamp, touched, onTask }: DealingsParts) {
  const tasks = new Map<string, Task[]>();
  const notes = new Map<string, Note[]>();
  const opportunities = new Map<string, Opportunity>();
  const appointments = new Map<string, Appointment>();

  function createTask(contactId: string, fields: Omit<Task, "id" | "contactId">): Task {
    const task: Task = { id: nextId("task", contactId), contactId, ...fields };
    tasks.set(contactId, [...(tasks.get(contactId) ?? []), task]);
    webhooks.emit({ type: "TaskCreate", ...task, dateAdded: stamp() });
    onTask?.(task);
    return task;
  }

  function completeTask(task: Task, completed: boolean): Task {
    const was = task.completed;
    task.completed = completed;
    if (completed && !was) webhooks.emit({ type: "TaskComplete", ...task, dateAdded: stamp() });
    return task;
  }

  function createNote(contactId: string, fields: { body: string; userId?: string; title?: string }): Note {
    const note: Note = {
      id: nextId("note", contactId),
      contactId,
      ...fields,
      dateAdded: realStamp(),
    };
    notes.set(contactId, [...(notes.get(contactId) ?? []), note]);
    webhooks.emit({ type: "NoteCreate", ...note, dateAdded: stamp() });
    return note;
  }

  function createOpportunity(
    contactId: string,
    fields: { name: string; value: number; stageId: string; source?: string; status?: Opportunity["status"] },
  ): Opportunity {
    const now = stamp();
    const opportunity: Opportunity = {
      id: nextId("opportunity", contactId),
      contactId,
      pipelineId: PIPELINE.id,
      pipelineStageId: fields.stageId,
      name: fields.name,
      monetaryValue: fields.value,
      status: fields.status ?? "open",
      ...(fields.source === undefined ? {} : { source: fields.source }),
      createdAt: realStamp(),
      dateAdded: now,
      updatedAt: now,
    };
    opportunities.set(opportunity.id, opportunity);
    opportunityWebhook("OpportunityCreate", opportunity);
    return opportunity;
  }

  function updateOpportunity(
    opportunity: Opportunity,
    fields: {
      pipelineId?: string;
      pipelineStageId?: string;
      status?: Opportunity["status"];
      monetaryValue?: number;
      name?: string;
      assignedTo?: string;
    },
  ): Opportunity {
    const before = { ...opportunity };
    touched(opportunity.id);
    Object.assign(opportunity, fields, { updatedAt: stamp() });
    if (before.pipelineStageId !== opportunity.pipelineStageId)
      opportunityWebhook("OpportunityStageUpdate", opportunity);
    if (before.status !== opportunity.status) opportunityWebhook("OpportunityStatusUpdate", opportunity);
    if (before.monetaryValue !== opportunity.monetaryValue)
      opportunityWebhook("OpportunityMonetaryValueUpdate", opportunity);
    opportunityWebhook("OpportunityUpdate", opportunity);
    return opportunity;
  }

  function opportunityWebhook(type: string, { createdAt: _, updatedAt: __, ...rest }: Opportunity) {
    webhooks.emit({ type, ...rest });
  }

  function appointment(request: AppointmentRequest): string {
    const id = request.id ?? nextId("appointment", request.contactId);
    const now = stamp();
    const appointment: Appointment = {
      id,
      calendarId: CALENDAR_ID,
      contactId: request.contactId,
      title: request.title,
      appointmentStatus: request.status,
      assignedUserId: USERS[0]?.id ?? "",
      users: [],
      address: "100 Example Street",
      source: "booking_widget",
      startTime: new Date(request.start).toISOString(),
      endTime: new Date(request.start + 1_800_000).toISOString(),
      dateAdded: appointments.get(id)?.dateAdded ?? now,
      dateUpdated: now,
    };
    appointments.set(id, appointment);
    webhooks.emit({ type: request.id === undefined ? "AppointmentCreate" : "AppointmentUpdate", appointment });
    return id;
  }

  const keep = (): KeptDealings => ({
    opportunities: [...opportunities.values()],
    appointments: [...appointments.values()],
    tasks: [...tasks.values()].flat(),
    notes: [...notes.values()].flat(),
  });

  function restore(kept: KeptDealings) {
    const each = <T extends { readonly contactId: string }>(list: readonly T[], into: Map<string, T[]>) => {
      for (const one of list) into.set(one.contactId, [...(into.get(one.contactId) ?? []), one]);
    };
    for (const one of kept.opportunities) opportunities.set(one.id, one);
    for (const one of kept.appointments) appointments.set(one.id, one);
    each(kept.tasks, tasks);
    each(kept.notes, notes);
  }

  return {
    keep,
    restore,
    opportunities,
    appointments,
    tasksOf: (contactId: string): readonly Task[] => tasks.get(contactId) ?? [],
    notesOf: (contactId: string): readonly Note[] => notes.get(contactId) ?? [],
    createTask,
    completeTask,
    createNote,
    createOpportunity,
    updateOpportunity,
    appointment,
  };
}
