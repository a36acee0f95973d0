-- What has been told once, by whichever way it came first: a webhook, polling, an import. The key is of the fact itself.
create table told (
  location_id text           not null,
  key         text           not null,            -- message/<id>/received, contact/<id>/<instant>, …
  told_at     timestamptz(3) not null,
  missed      boolean        not null default false, -- polling found it, and no webhook had told it in time
  primary key (location_id, key)
);
create index told_age on told (told_at);
create index told_missed on told (location_id, told_at) where missed;

-- How far each kind of record has been read from the CRM.
create table reading (
  location_id  text           not null,
  kind         text           not null,           -- contacts, opportunities, messages, mails, appointments
  watermark    timestamptz(3) not null,           -- the CRM's time: everything stated before has been read
  read_at      timestamptz(3) not null,           -- the database's real time
  leased_until timestamptz(3) not null,           -- likewise: one process reads at a time
  problem      text,                              -- why the last reading ended early
  primary key (location_id, kind)
);

-- The past of a location, read on request; the place in it is committed with what was read.
create table import (
  location_id  text           not null,
  import_id    uuid           not null,
  asked_at     timestamptz(3) not null,
  asked_by     text           not null,
  asked        jsonb          not null,           -- { kinds, since, dryRun }
  kind         text,                              -- what is being read; null once it is over
  cursor       jsonb,                             -- where in it
  counts       jsonb          not null default '{}', -- by kind: { total, read, kept, known, unreadable }
  updated_at   timestamptz(3) not null,
  leased_until timestamptz(3) not null,           -- the database's real time
  ended_at     timestamptz(3),
  problem      text,                              -- why it waits, or why it ended early
  primary key (location_id, import_id)
);
create unique index import_open on import (location_id) where ended_at is null;

-- Contacts that a whole import has seen: who is held and was not seen is asked about one by one.
create table import_seen (
  location_id text not null,
  import_id   uuid not null,
  lead_id     text not null,
  primary key (location_id, import_id, lead_id)
);
