-- What was learned, and the trainings that learn it.

-- A model as one location scores with it, whole: nothing of another location's row is read to score a lead. Under `_all`
-- stand the pooled models, which the locations' are made from and which nobody scores with.
create table model (
  location_id text           not null,
  model_id    text           not null,           -- SHA-256 of the canonical body
  kind        text           not null check (kind in ('chance', 'churn')),
  body        jsonb          not null,
  learned     jsonb          not null,            -- rows, positives, window, hash of the data, seed, version of the features
  metrics     jsonb          not null,            -- on the window it was judged by
  shapes      jsonb          not null,            -- how its columns, and the chance, were distributed where it learned
  verdict     jsonb,                              -- against whom it was judged, and what was found
  state       text           not null default 'challenger' check (state in ('challenger', 'champion', 'retired')),
  created_at  timestamptz(3) not null,
  promoted_at timestamptz(3),                     -- when it last became the champion
  promoted_by text,
  why         text,                               -- of the latest change of state
  replaced    text,                               -- whom it replaced: where a rollback leads; null: the rules
  retired_at  timestamptz(3),
  watched     jsonb,                              -- what the latest look at it found
  watched_at  timestamptz(3),
  primary key (location_id, model_id)
);
create unique index model_champion on model (location_id, kind) where state = 'champion';
create index model_of_kind on model (location_id, kind, created_at);

-- A training under way holds its kind at its location, for as long as it says that it lives.
create table training (
  location_id  text           not null,
  training_id  uuid           not null,
  kind         text           not null check (kind in ('chance', 'churn')),
  asked_by     text           not null,
  asked_at     timestamptz(3) not null,
  alive_at     timestamptz(3) not null,           -- real time
  progress     jsonb          not null default '{}',
  cancelled_by text,
  ended_at     timestamptz(3),
  outcome      text check (outcome in ('trained', 'too_little', 'same', 'cancelled', 'failed', 'died')),
  detail       text,
  model_id     text,
  primary key (location_id, training_id)
) with (fillfactor = 80);
create unique index training_open on training (location_id, kind) where ended_at is null;
create index training_by_time on training (location_id, asked_at);
