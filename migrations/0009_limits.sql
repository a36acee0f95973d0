-- Which part of a provider does not answer a location: as the process saw it that last saw it change. Real time.
create table breaker (
  location_id text           not null,
  dependency  text           not null,           -- conversations, contacts, opportunities, locations, users, workflows
  state       text           not null check (state in ('open', 'half_open', 'closed')),
  since       timestamptz(3) not null,
  until       timestamptz(3),                    -- open: nothing is asked before
  failures    integer        not null,           -- in a row, when it last opened
  detail      text           not null,           -- a status or a code: never an address
  primary key (location_id, dependency)
);

-- What went wrong between us and the provider, counted by the minute of real time; an hour of it is kept.
create table fault (
  location_id text           not null,
  minute      timestamptz(3) not null,
  kind        text           not null,
  count       integer        not null,
  primary key (location_id, minute, kind)
);

-- Rows that ask nothing of the CRM leave whatever its budget says.
create index outbox_free on outbox (location_id, lane, not_before)
  where state = 'queued' and kind in ('webhook', 'notify');
