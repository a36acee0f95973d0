module.exports = {
  forbidden: [
    {
      name: "rooms-meet-in-the-event-log",
      comment:
        "A room knows itself, the kernel, the door of events/ and the types at other doors. turns/ and timetravel/, which drives them over memory, call the deciders. Only what puts the rooms together knows everyone: main.ts, cli.ts, app/ and the commands in cli/.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: "^src/(app|cli|turns|timetravel)/" },
      to: {
        path: "^src/",
        pathNot: ["^src/$1/", "^src/kernel/", "^src/events/index\\.ts$"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "only-doors",
      comment: "Into another room only through index.ts, types and turns/ included.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/kernel/", "^src/app/", "^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "app-is-no-room",
      comment: "What puts the rooms together is known to the command line and to main.ts, never to a room.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: "^src/(app|cli)/" },
      to: { path: "^src/app/" },
    },
    {
      name: "deciders-are-pure",
      comment:
        "What decides imports neither Node nor packages. The compiler's readers of YAML and of templates are the two that parse.",
      severity: "error",
      from: {
        path: [
          "^src/.*/(advance|arbitrate|assign|budget|decide|evaluate|judge|observe|policy|read-out|score)\\.ts$",
          "^src/experiments/(control|statistics/.*)\\.ts$",
          "^src/behavior/window\\.ts$",
          "^src/scoring/learn/",
          "^src/leads/consents\\.ts$",
          "^src/scoring/(churn|explain)/",
          "^src/insights/(chain|channel-words|effect-title|fold|phrase|sentence|words|check-words|event-words|run-words)\\.ts$",
          "^src/outreach/[a-z]+/(best|bounce|caps|causes|choice|clicks|compare|compose|dated|delivery|dnd|footer|french|from|holidays|hours|lane|opt-out|permission|reply|requests|rules|said|scope|segments|signed|spanish|window|words|zones)\\.ts$",
          "^src/scoring/(fairness|features|send-time)/",
          "^src/turns/(addresses|agreements|answers|by-hand|case|clocked|clocks|desk|effects|enroll|funnel|lifting|location|outbox|prompted|reading|replay|reply|rules|runs|score|trace|variant|words)\\.ts$",
          "^src/workflows/(compile|lint|run)/",
        ],
        pathNot: "^src/workflows/compile/(source|text)\\.ts$",
      },
      to: { dependencyTypes: ["core", "npm", "npm-no-pkg", "unknown"] },
    },
    {
      name: "only-database-opens-connections",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(database/|telemetry\\.ts$)" },
      to: { path: "(^|node_modules/)(pg|pino)(/|$)" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.(test|contract)\\.ts$" },
  },
};
