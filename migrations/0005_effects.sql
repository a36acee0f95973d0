-- The other effects on their way out.

-- Which of its turn's effects a row was: writes of one lead reach the CRM in the order in which they were asked for.
alter table outbox add column nth smallint not null default 0;

-- What a workflow tells people of the team, in Latchkey itself.
create table notice (
  location_id text           not null,
  notice_id   uuid           not null,           -- the effect's identity: told once
  lead_id     text           not null,
  users       text[]         not null,           -- CRM user ids; empty: everybody
  message     text           not null,
  workflow    text,
  run_id      uuid,
  created_at  timestamptz(3) not null,
  read_at     timestamptz(3),
  read_by     text,
  primary key (location_id, notice_id)
);
create index notice_recent on notice (location_id, created_at, notice_id);

-- What webhooks are signed with. A value is sealed to its location and name.
create table secret (
  location_id text           not null,
  name        text           not null,
  sealed      text           not null,
  set_at      timestamptz(3) not null,
  set_by      text           not null,
  primary key (location_id, name)
);
