import "./app.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  RouterProvider,
  redirect,
} from "@tanstack/react-router";
import { lazy, StrictMode, Suspense, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { mayPass, openApi, type Session, session } from "./api.ts";
import { HouseContext } from "./data.tsx";
import { readIn } from "./format.ts";
import { openLive } from "./live/client.ts";
import { LeadPageView } from "./pages/lead.tsx";
import { LeadsPage } from "./pages/leads.tsx";
import { NowPage } from "./pages/now.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Empty } from "./parts/states.tsx";
import { messagesSearch, one } from "./search.ts";
import { Shell } from "./shell.tsx";
import { WORDS } from "./words.ts";

// What most people open first comes with the first load; the other pages come when they are asked for.
const settings = () => import("./pages/settings.tsx");
const ConnectionsCard = lazy(async () => ({ default: (await settings()).ConnectionsCard }));

const root = createRootRoute({
  validateSearch: (search: Record<string, unknown>) => one("why", search["why"]),
  component: Shell,
  notFoundComponent: () => <Empty>{WORDS.gone}</Empty>,
});
const tree = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/today", replace: true });
    },
  }),
  createRoute({ getParentRoute: () => root, path: "/today", component: NowPage }),
  createRoute({
    getParentRoute: () => root,
    path: "/leads",
    validateSearch: (search: Record<string, unknown>): { q?: string; sort?: "name" | "recent" } => ({
      ...one("q", search["q"]),
      ...(search["sort"] === "name" ? { sort: "name" as const } : {}),
    }),
    component: LeadsPage,
  }),
  createRoute({ getParentRoute: () => root, path: "/leads/$lead", component: LeadPageView }),
  createRoute({
    getParentRoute: () => root,
    path: "/workflows",
    component: lazyRouteComponent(() => import("./pages/workflows.tsx"), "WorkflowsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/messages",
    validateSearch: messagesSearch,
    component: lazyRouteComponent(() => import("./pages/messages.tsx"), "MessagesPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/models",
    component: lazyRouteComponent(() => import("./pages/models.tsx"), "ModelsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/system",
    component: lazyRouteComponent(() => import("./pages/system.tsx"), "SystemPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings",
    component: lazyRouteComponent(settings, "SettingsPage"),
  }),
]);

const router = createRouter({ routeTree: tree, scrollRestoration: true, defaultPreload: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

const queries = new QueryClient({
  defaultOptions: { queries: { refetchOnWindowFocus: false, gcTime: 5 * 60_000, retry: mayPass } },
});

/** The key of a printed address opens a session once and then leaves the address. */
async function enter(): Promise<Session | "refused" | undefined> {
  const url = new URL(location.href);
  const key = url.searchParams.get("key");
  if (key !== null) {
    url.searchParams.delete("key");
    history.replaceState(null, "", url);
    const opened = await session.open(key).catch(() => undefined);
    if (opened !== undefined) return opened;
  }
  const known = await session.read().catch(() => undefined);
  return known ?? (key === null ? undefined : "refused");
}

function App() {
  const [who, setWho] = useState<Session | "refused" | "nobody">();
  useEffect(() => {
    void enter().then((found) => setWho(found ?? "nobody"));
  }, []);
  if (who === undefined) return null;
  if (typeof who === "string") return <SignIn refused={who === "refused"} onOpen={setWho} />;
  return <House session={who} signOut={() => void session.close().finally(() => setWho("nobody"))} />;
}

function House({ session, signOut }: { session: Session; signOut: () => void }) {
  const team = session.teams[0];
  const [house, setHouse] = useState<{ api: ReturnType<typeof openApi>; live: ReturnType<typeof openLive> }>();
  useEffect(() => {
    if (team === undefined) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const address = `${scheme}://${location.host}/live?location=${encodeURIComponent(team.id)}`;
    readIn(team.zone);
    const live = openLive(() => address, session.simulated?.speed ?? 1);
    live.open();
    setHouse({ api: openApi(team.id), live });
    return () => live.close();
  }, [team, session.simulated?.speed]);
  if (team === undefined) return <NoTeam session={session} />;
  if (house === undefined) return null;
  return (
    <HouseContext value={{ ...house, session, signOut }}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </HouseContext>
  );
}

/** Before the first team: all there is to do is to connect one. Once there is one, the page begins anew with it. */
function NoTeam({ session: { role } }: { session: Session }) {
  useEffect(() => {
    const timer = setInterval(() => {
      void session.read().then(
        ({ teams }) => (teams.length > 0 ? location.reload() : undefined),
        () => undefined,
      );
    }, 3_000);
    return () => clearInterval(timer);
  }, []);
  if (role !== "owner") return <Empty>{WORDS.noConnection}</Empty>;
  return (
    <QueryClientProvider client={queries}>
      <main className="page alone">
        <h1>{WORDS.connectFirst}</h1>
        <Suspense>
          <ConnectionsCard mayConnect />
        </Suspense>
      </main>
    </QueryClientProvider>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
