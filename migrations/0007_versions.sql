-- Which runs a plan still has: asked before a plan is removed, and by everything that moves runs between plans.
create index run_of_plan on run (location_id, plan_id);

-- What somebody asked of many runs, or of many leads: letters to them, mailed page by page so that live mail is not kept waiting.
create table job (
  location_id text           not null,
  job_id      uuid           not null,
  asked_at    timestamptz(3) not null,
  asked_by    text           not null,
  workflow    text,
  over        text           not null check (over in ('runs', 'leads')),
  filter      jsonb          not null,
  letter      jsonb          not null,            -- the command, without its run
  drip        jsonb,                              -- { count, window }: not faster than this
  total       integer        not null,            -- how many were meant when it was asked
  after_id    text           not null default '', -- the last one that was looked at
  latecomers  boolean        not null default false, -- all were; now those who came meanwhile
  mailed      integer        not null default 0,
  skipped     integer        not null default 0,
  next_at     timestamptz(3) not null,
  ended_at    timestamptz(3),
  outcome     text,                               -- done, superseded
  primary key (location_id, job_id)
);
create index job_open on job (location_id, asked_at) where ended_at is null;

-- A workflow, or with `*` the location, that a person has paused.
create table hold (
  location_id text           not null,
  workflow    text           not null,
  held_at     timestamptz(3) not null,
  held_by     text           not null,
  reason      text           not null,
  primary key (location_id, workflow)
);
