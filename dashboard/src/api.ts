// The public API, as any program would use it.

import type { RulesView } from "../../src/app/binding.ts";
import type { LeadExplanation } from "../../src/app/explaining.ts";
import type {
  AttentionItem,
  DecisionView,
  FeedItem,
  FilesView,
  LeadRow,
  LeadView,
  LiveMark,
  MessagesView,
  MessageView,
  Page,
  SystemView,
  TimelineItem,
  TodayView,
  WorkflowView,
} from "../../src/insights/index.ts";
import type { Aim } from "../../src/kernel/aim.ts";
import type { NoticeView } from "../../src/outreach/index.ts";
import type { ModelsView, ModelView, ScoreDay, TrainingView, WholeModelView } from "../../src/scoring/index.ts";
import type { Parting } from "../../src/tenancy/index.ts";
import type { Job } from "../../src/workflows/index.ts";
import type { Connections } from "./connections.ts";

export interface Team {
  readonly id: string;
  readonly name: string;
  /** IANA; times on pages are read by its clock. */
  readonly zone: string;
}

/** A manager's lift of an opt-out; `when` (ISO) the lead asked, none for a mistake. */
interface Lift {
  readonly family: "phone" | "email";
  readonly why: "judged_by_mistake" | "asked_by_phone" | "asked_in_writing";
  readonly when?: string;
  readonly evidence: string;
}

export interface Session {
  readonly name: string;
  readonly role: "owner" | "manager" | "agent" | "viewer";
  readonly teams: readonly Team[];
  readonly simulated?: { readonly speed: number };
}

/** One rule, one day: what it made wait, and what it stopped. */
export interface KeptBack {
  readonly day: string;
  readonly verdict: "held" | "blocked" | "expired";
  readonly code: string;
  readonly check: string;
  readonly says: string;
  readonly messages: number;
  readonly leads: number;
}

/** A domain of ours whose mail receivers refuse; '' is the CRM's own choice. */
export interface RefusedSender {
  readonly domain: string;
  readonly since: string;
  readonly until: string;
  readonly detail: string;
  readonly times: number;
}

export interface RulesChanged extends Pick<RulesView, "rules"> {
  /** What whoever loosened something should know. */
  readonly warnings: readonly string[];
}

/** An answer that is not good news. */
export class Problem extends Error {
  readonly status: number;
  /** What was wrong with which field. */
  readonly errors: readonly { readonly field: string; readonly detail: string }[];
  constructor(status: number, detail: string, errors: Problem["errors"] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** Whether the same question may be answered otherwise in a moment: what is not there will not be there then. */
export function mayPass(times: number, error: Error): boolean {
  const final = error instanceof Problem && error.status >= 400 && error.status < 500;
  return times < 2 && (!final || error.status === 408 || error.status === 429);
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, headers: { accept: "application/json", ...init?.headers } });
  if (response.status === 204) return undefined as T;
  const body = (await response.json().catch(() => ({}))) as { detail?: string; errors?: Problem["errors"] };
  if (!response.ok) throw new Problem(response.status, body.detail ?? response.statusText, body.errors);
  return body as T;
}

const post = (body: unknown, method: "POST" | "PATCH" = "POST"): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

export const session = {
  read: () => ask<Session>("/v1/session"),
  open: (key: string) => ask<Session>("/v1/session", post({ key })),
  close: () => ask<void>("/v1/session", { method: "DELETE" }),
};

/** Of every team that one may see: no team has to be there to ask. */
export const connections = {
  read: () => ask<Connections>("/v1/connections"),
  integrate: (location: string, token: string) => ask<unknown>("/v1/connections", post({ location, token })),
  disconnect: (location: string) =>
    ask<Parting>(`/v1/locations/${encodeURIComponent(location)}/disconnect`, { method: "POST" }),
};

export type Api = ReturnType<typeof openApi>;

export function openApi(location: string) {
  const at = `/v1/locations/${encodeURIComponent(location)}`;
  const query = (values: Record<string, string | undefined>) => {
    const pairs = Object.entries(values).filter(
      (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "",
    );
    return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
  };
  return {
    location,
    feed: (before?: string) => ask<Page<FeedItem>>(`${at}/feed${query({ before, fold: "0" })}`),
    leads: (asked: { q?: string | undefined; sort?: "name" | "recent"; after?: string }) =>
      ask<Page<LeadRow>>(`${at}/leads${query(asked)}`),
    lead: (lead: string) => ask<LeadView>(`${at}/leads/${encodeURIComponent(lead)}`),
    scores: (lead: string) =>
      ask<{ readonly days: readonly ScoreDay[] }>(`${at}/leads/${encodeURIComponent(lead)}/scores`),
    explanation: (lead: string) => ask<LeadExplanation>(`${at}/leads/${encodeURIComponent(lead)}/explanation`),
    timeline: (lead: string, before?: string) =>
      ask<Page<TimelineItem>>(`${at}/leads/${encodeURIComponent(lead)}/timeline${query({ before, fold: "0" })}`),
    decision: (id: string) => ask<DecisionView>(`${at}/decisions/${encodeURIComponent(id)}`),
    attention: () => ask<Page<AttentionItem>>(`${at}/attention`),
    today: () => ask<TodayView>(`${at}/insights/today`),
    system: () => ask<SystemView>(`${at}/system`),
    messages: (asked: {
      state?: string | undefined;
      channel?: string | undefined;
      workflow?: string | undefined;
      verdict?: string | undefined;
      check?: string | undefined;
      before?: string;
    }) => ask<Page<MessageView>>(`${at}/messages${query(asked)}`),
    /** Back from now by the server's own clock: the latest day is what it answers unasked. */
    messageFigures: async (asked: { days: number; channel?: string | undefined; workflow?: string | undefined }) => {
      const { days, ...filters } = asked;
      const latest = await ask<MessagesView>(`${at}/insights/messages${query(filters)}`);
      if (days === 1) return latest;
      const from = new Date(Date.parse(latest.to) - days * 86_400_000).toISOString();
      return ask<MessagesView>(`${at}/insights/messages${query({ ...filters, from })}`);
    },
    settle: (message: string, as: "sent" | "not_sent") =>
      ask<unknown>(`${at}/messages/${encodeURIComponent(message)}/settle`, post({ as })),
    keptBack: (from: string, to: string) => ask<Page<KeptBack>>(`${at}/audit/held${query({ from, to })}`),
    refusedSenders: () => ask<Page<RefusedSender>>(`${at}/senders/refused`),
    liftSender: (domain: string) => ask<unknown>(`${at}/senders/refused/lift`, post({ domain })),
    judge: (lead: string, judged: { family: "phone" | "email"; as: "opted_out" | "go_on"; seen: string }) =>
      ask<unknown>(`${at}/leads/${encodeURIComponent(lead)}/judge`, post(judged)),
    reopen: (lead: string, family: "phone" | "email") =>
      ask<unknown>(`${at}/leads/${encodeURIComponent(lead)}/reopen`, post({ family })),
    rules: () => ask<RulesView>(`${at}/settings/rules`),
    setRules: (parts: Readonly<Record<string, unknown>>) =>
      ask<RulesChanged>(`${at}/settings/rules`, post(parts, "PATCH")),
    lift: (lead: string, asked: Lift) => ask<unknown>(`${at}/leads/${encodeURIComponent(lead)}/lift`, post(asked)),
    notices: () => ask<Page<NoticeView>>(`${at}/notices?unread=1`),
    readNotice: (id: string) => ask<unknown>(`${at}/notices/${encodeURIComponent(id)}/read`, post({})),
    models: () => ask<ModelsView & { live?: LiveMark }>(`${at}/models`),
    model: (id: string) => ask<WholeModelView>(`${at}/models/${id}`),
    train: (asked: { kind: ModelView["kind"]; groups?: string | undefined; foretells?: Aim | undefined }) =>
      ask<TrainingView>(`${at}/models/train`, post(asked)),
    cancelTraining: (id: string) => ask<unknown>(`${at}/trainings/${id}/cancel`, post({})),
    promote: (id: string, body: { reason: string; anyway: boolean }) =>
      ask<unknown>(`${at}/models/${id}/promote`, post(body)),
    rollback: (body: { kind: ModelView["kind"]; reason: string }) => ask<unknown>(`${at}/models/rollback`, post(body)),
    workflows: () => ask<Page<WorkflowView> & FilesView>(`${at}/workflows`),
    jobs: () => ask<Page<Job>>(`${at}/jobs?limit=10`),
    graph: (workflow: string) => `${at}/workflows/${encodeURIComponent(workflow)}/graph.svg`,
    control: (workflow: string, act: "pause" | "resume" | "stop") =>
      ask<unknown>(`${at}/workflows/${encodeURIComponent(workflow)}/${act}`, post({})),
    retry: (lead: string) => ask<unknown>(`${at}/leads/${encodeURIComponent(lead)}/retry`, post({})),
  };
}
