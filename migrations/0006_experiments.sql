-- Experiments: who met which, and what became of them.

create table exposure (
  location_id text           not null,
  experiment  text           not null,
  lead_id     text           not null,
  variant     text           not null,            -- `none`: held out
  run_id      uuid,                               -- the run that met it: whose messages `of` means
  exposed_at  timestamptz(3) not null,
  closes_at   timestamptz(3) not null,            -- when the longest window of its metrics ends
  reached     jsonb          not null default '{}', -- place of a metric in the declaration: instant (ms)
  primary key (location_id, experiment, lead_id)
) with (fillfactor = 90);
create index exposure_of_lead on exposure (location_id, lead_id, closes_at);

create table experiment_state (
  location_id text           not null,
  experiment  text           not null,
  state       text           not null default 'running' check (state in ('running', 'paused', 'stopped')),
  winner      text,                               -- once stopped: what everyone gets
  why         text,                               -- of the latest change of state
  weights     jsonb,                              -- a bandit's shares, by variant
  declared    jsonb          not null,            -- the declaration under which the first lead was exposed
  started_at  timestamptz(3) not null,
  stopped_at  timestamptz(3),
  looked_at   timestamptz(3),
  read_out    jsonb,                              -- of the latest look
  primary key (location_id, experiment)
);
