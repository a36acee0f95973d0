-- What was agreed to, why each message went, and what may not be forgotten.

-- The words that people agreed to, each once.
create table wording (
  location_id  text           not null,
  wording_hash text           not null,           -- SHA-256 of the text
  text         text           not null,
  first_at     timestamptz(3) not null,
  primary key (location_id, wording_hash)
);

-- An agreement as it was made. It is withdrawn, never changed.
create table consent (
  location_id  text           not null,
  consent_id   text           not null,           -- of the event that recorded it, or the caller's own
  lead_id      text           not null,
  level        text           not null check (level in ('claim', 'given', 'written')),
  given_at     timestamptz(3) not null,
  recorded_at  timestamptz(3) not null,
  wording_hash text,
  data         jsonb          not null,           -- address, purposes, channels, seller, page, act, ip, user agent, certificate, source
  withdrawn_at timestamptz(3),
  withdrawn    jsonb,                             -- by whom, how
  primary key (location_id, consent_id)
);
create index consent_of_lead on consent (location_id, lead_id, given_at);

-- Why a message left: written in the transaction that lets it leave, chained per lead, never changed.
create table proof (
  location_id text           not null,
  lead_id     text           not null,
  n           bigint         not null,            -- from 1, per lead
  message_id  uuid           not null,
  at          timestamptz(3) not null,
  body        jsonb          not null,
  before      text           not null,            -- the hash of the one before, '' for the first
  hash        text           not null,            -- SHA-256 over `before` and the canonical body
  primary key (location_id, lead_id, n)
);
create index proof_of_message on proof (location_id, message_id);
create index proof_by_time on proof (location_id, at);

-- Nothing of this lead, or with `*` of the location, is forgotten until it is lifted.
create table legal_hold (
  location_id text           not null,
  lead_id     text           not null,
  since       timestamptz(3) not null,
  set_by      text           not null,
  reason      text           not null,
  primary key (location_id, lead_id)
);

-- When the CRM last told us of the contact (the database's real time): older news is asked for again before a message leaves.
alter table lead add column confirmed_at timestamptz(3);
