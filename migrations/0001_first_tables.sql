-- The tables of design 15.2. Every key begins with location_id, so that the same schema is distributed by it.
-- No foreign keys between rooms and no triggers. Partitioned tables carry no unique promise.

-- ingest ---------------------------------------------------------------------------------------------------------

create table receipt (
  location_id text           not null,
  receipt_id  text           not null,          -- webhook id, else SHA-256 of the body, else the caller's event id
  event_id    uuid           not null,
  received_at timestamptz(3) not null,
  primary key (location_id, receipt_id)
);
create index receipt_age on receipt (received_at);

create table raw (
  location_id text           not null,
  event_id    uuid           not null,
  received_at timestamptz(3) not null,
  body        bytea          not null
) partition by range (received_at);
create index raw_event on raw (location_id, event_id);

-- events ---------------------------------------------------------------------------------------------------------

create table event (
  location_id text           not null,
  lead_id     text           not null,
  event_id    uuid           not null,
  type        text           not null,
  at          timestamptz(3) not null,
  received_at timestamptz(3) not null,
  source      text           not null,
  data        jsonb          not null
) partition by range (received_at);
create index event_of_lead on event (location_id, lead_id, received_at, event_id);

create table mailbox (
  location_id text           not null,
  seq         bigint         not null generated always as identity,
  lead_id     text           not null,
  kind        text           not null check (kind in ('event', 'answer', 'command')),
  event_id    uuid,
  received_at timestamptz(3) not null,           -- with event_id it names the event's partition
  body        jsonb,                              -- an answer or a command
  primary key (location_id, seq)
);
create index mailbox_of_lead on mailbox (location_id, lead_id, seq);

-- turns ----------------------------------------------------------------------------------------------------------

create table lead_turn (
  location_id text    not null,
  lead_id     text    not null,
  due_at      timestamptz(3),
  turn        bigint  not null default 0,
  failures    integer not null default 0,
  parked_at   timestamptz(3),
  parked_why  text,
  primary key (location_id, lead_id)
) with (fillfactor = 80);
create index lead_turn_due on lead_turn (location_id, due_at) where due_at is not null and parked_at is null;
create index lead_turn_parked on lead_turn (location_id, parked_at) where parked_at is not null;

-- leads ----------------------------------------------------------------------------------------------------------

create table lead (
  location_id text           not null,
  lead_id     text           not null,
  name_key    text,                               -- lower case, for prefix search
  email_key   text,
  phone_key   text,                               -- E.164
  seen_at     timestamptz(3) not null,
  data        jsonb          not null,
  primary key (location_id, lead_id)
) with (fillfactor = 80);
create index lead_by_email on lead (location_id, email_key text_pattern_ops) where email_key is not null;
create index lead_by_phone on lead (location_id, phone_key text_pattern_ops) where phone_key is not null;
create index lead_by_name on lead (location_id, name_key text_pattern_ops) where name_key is not null;

create table lead_alias (
  location_id text not null,
  lead_id     text not null,
  survivor_id text not null,
  primary key (location_id, lead_id)
);

create table address (
  location_id    text not null,
  channel        text not null check (channel in ('phone', 'email')),
  address_hash   text not null,                   -- HMAC-SHA256 of the normalized number or address
  opted_out_at   timestamptz(3),
  opt_out        jsonb,                           -- the words, the rule that matched, the event
  bounced_at     timestamptz(3),
  bounce         jsonb,
  sends          jsonb not null default '[]',     -- the last sends: { at, channel, workflow, message }
  primary key (location_id, channel, address_hash)
) with (fillfactor = 80);

-- behavior, scoring ----------------------------------------------------------------------------------------------

create table lead_state (
  location_id text  not null,
  lead_id     text  not null,
  data        jsonb not null,
  primary key (location_id, lead_id)
) with (fillfactor = 80);

-- workflows ------------------------------------------------------------------------------------------------------

create table plan (
  location_id text           not null,
  plan_id     text           not null,            -- SHA-256, hexadecimal
  workflow    text           not null,
  created_at  timestamptz(3) not null,
  plan        jsonb          not null,
  primary key (location_id, plan_id)
);

create table publication (
  location_id    text           not null,
  publication_id text           not null,
  number         bigint         not null,
  published_at   timestamptz(3) not null,
  published_by   text           not null,
  content        jsonb          not null,         -- plan ids, rules, templates, settings, vocabulary
  primary key (location_id, number)
);

create table run (
  location_id text           not null,
  run_id      uuid           not null,
  lead_id     text           not null,
  workflow    text           not null,
  plan_id     text           not null,
  status      text           not null,
  outcome     text,
  path        text,                               -- where it is parked
  due_at      timestamptz(3),
  enrolled_at timestamptz(3) not null,
  ended_at    timestamptz(3),
  data        jsonb          not null,
  primary key (location_id, run_id)
) with (fillfactor = 80);
create index run_of_lead on run (location_id, lead_id);
create index run_of_workflow on run (location_id, workflow, status);

-- outreach -------------------------------------------------------------------------------------------------------

create table outbox (
  location_id      text           not null,
  outbox_id        uuid           not null,
  lead_id          text           not null,
  kind             text           not null,
  run_id           uuid,
  workflow         text,
  path             text,
  lane             smallint       not null,       -- 0 reply, 1 urgent, 2 normal, 3 bulk
  priority         smallint       not null,
  channels         text[]         not null,
  place            smallint       not null,
  state            text           not null,
  not_before       timestamptz(3),
  hold_until       timestamptz(3),
  attempt          integer        not null default 0,
  resent           smallint       not null default 0,
  deadline         timestamptz(3),                -- the database's real time
  attempted_at     timestamptz(3),                -- the database's real time
  tried_at         timestamptz(3),                -- likewise: when the first attempt on this channel was committed
  lookups          smallint       not null default 0,
  provider_id      text,
  email_message_id text,
  conversation_id  text,
  created_at       timestamptz(3) not null,
  body             jsonb          not null,
  primary key (location_id, outbox_id)
) with (fillfactor = 70);
create index outbox_queued on outbox (location_id, lane, not_before) where state = 'queued';
create index outbox_deadline on outbox (location_id, deadline) where state in ('sending', 'unconfirmed');
create index outbox_open on outbox (location_id, lead_id) where state in ('queued', 'held', 'sending', 'unconfirmed', 'refused', 'undecided');
create index outbox_of_lead on outbox (location_id, lead_id, created_at);
create index outbox_provider on outbox (location_id, provider_id) where provider_id is not null;
create index outbox_email on outbox (location_id, email_message_id) where email_message_id is not null;

create table message (
  location_id   text           not null,
  message_id    uuid           not null,          -- the outbox identity
  lead_id       text           not null,
  created_at    timestamptz(3) not null,
  rendered      jsonb          not null,          -- by channel: what the lead would read
  template      text           not null,
  template_hash text           not null,
  decided       jsonb          not null,          -- verdicts in the turn
  checked       jsonb,                            -- verdicts at the moment of sending
  delivery      jsonb          not null default '{}',
  primary key (location_id, message_id)
) with (fillfactor = 80);

create table provider_receipt (
  location_id text           not null,
  provider_id text           not null,
  kind        text           not null,
  received_at timestamptz(3) not null,
  data        jsonb          not null,
  primary key (location_id, provider_id, kind)
);
create index provider_receipt_age on provider_receipt (received_at);

create table rate_window (
  location_id text           not null,
  grants      jsonb          not null default '[]',  -- instants of the last grants (real ms), newest last
  day         date           not null,
  day_count   integer        not null default 0,
  limits      jsonb          not null default '{}',  -- what the provider's headers last said
  primary key (location_id)
) with (fillfactor = 50);

-- insights -------------------------------------------------------------------------------------------------------

create table turn (
  location_id    text           not null,
  lead_id        text           not null,
  turn           bigint         not null,
  at             timestamptz(3) not null,
  publication_id text           not null,
  zone_data      text           not null,
  inputs         jsonb          not null          -- mail and timers, in the order in which they were decided
) partition by range (at);
create index turn_of_lead on turn (location_id, lead_id, turn);

create table decision (
  location_id text           not null,
  lead_id     text           not null,
  decision_id uuid           not null,
  turn        bigint         not null,
  place       smallint       not null,
  at          timestamptz(3) not null,
  kind        text           not null,
  verdict     text           not null,
  workflow    text,
  run_id      uuid,
  path        text,
  message_id  uuid,
  trace       jsonb          not null,
  hash        text           not null
) partition by range (at);
create index decision_of_lead on decision (location_id, lead_id, at, turn, place);
create index decision_by_id on decision (location_id, decision_id);
create index decision_of_message on decision (location_id, message_id) where message_id is not null;
create index decision_recent on decision (location_id, at);

create table insight_delta (
  location_id text           not null,
  at          timestamptz(3) not null,
  metric      text           not null,
  dimension   text           not null default '',
  amount      bigint         not null
);
create index insight_delta_of_location on insight_delta (location_id);

create table insight (
  location_id text           not null,
  bucket      timestamptz(3) not null,            -- hour
  metric      text           not null,
  dimension   text           not null default '',
  amount      bigint         not null,
  primary key (location_id, bucket, metric, dimension)
);

-- tenancy --------------------------------------------------------------------------------------------------------

create table installation (
  location_id     text           not null,
  status          text           not null default 'active',   -- active | uninstalled | reconnect
  installed_at    timestamptz(3) not null,
  name            text,
  time_zone       text           not null default 'America/New_York',
  seed            text           not null,        -- for chance(); made at install
  workflow_secret text           not null,        -- sealed; for unsigned workflow webhooks
  token           text,                           -- sealed
  settings        jsonb          not null default '{}',
  primary key (location_id)
);

create table catalog (
  location_id text           not null,
  kind        text           not null,            -- user, stage, field, tag
  item_id     text           not null,
  data        jsonb          not null,
  as_of       timestamptz(3) not null,
  primary key (location_id, kind, item_id)
);

create table api_key (
  location_id text           not null,
  key_id      text           not null,
  key_hash    text           not null,
  name        text           not null,
  role        text           not null,
  created_at  timestamptz(3) not null,
  revoked_at  timestamptz(3),
  primary key (location_id, key_id)
);

create table audit (
  location_id text           not null,
  audit_id    uuid           not null,
  at          timestamptz(3) not null,
  who         text           not null,
  act         text           not null,
  subject     text           not null,
  data        jsonb          not null default '{}',
  primary key (location_id, audit_id)
);
create index audit_recent on audit (location_id, at);

-- A worker that decides a lead alone, after an unclean end, names it here first (design 15.3).
create table suspect (
  location_id text           not null,
  lead_id     text           not null,
  worker      text           not null,
  named_at    timestamptz(3) not null,
  ends        integer        not null default 0,  -- how often a process ended while it was named
  primary key (location_id, lead_id)
);

-- Who is running: a process that ended without signing out ended uncleanly.
create table worker (
  location_id text           not null,            -- `_app`: processes belong to no location
  worker_id   text           not null,
  host        text           not null,
  pid         integer        not null,
  started_at  timestamptz(3) not null,
  seen_at     timestamptz(3) not null,            -- the database's real time
  primary key (location_id, worker_id)
);
