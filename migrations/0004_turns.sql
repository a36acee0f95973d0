-- What the location's own turns are asked by its leads, and answer.
alter table mailbox drop constraint mailbox_kind_check;
alter table mailbox add constraint mailbox_kind_check check (kind in ('event', 'answer', 'command', 'ask', 'reply'));

-- Who is in a segment now: kept by the turns of the leads, counted and listed by its key.
create table segment_member (
  location_id text           not null,
  segment_id  text           not null,
  lead_id     text           not null,
  since       timestamptz(3) not null,
  primary key (location_id, segment_id, lead_id)
);

-- How far a new publication has been made known to leads who have no other reason to wake.
create table sweep (
  location_id    text           not null,
  started_at     timestamptz(3) not null,
  publication_id text           not null,
  asks           text           not null,         -- hash of what leads must learn: the next publication may ask the same
  existing       text[]         not null,         -- workflows that take in leads who were there before
  after_lead     text           not null default '',
  seen           integer        not null default 0,
  of             integer        not null default 0,
  ended_at       timestamptz(3),
  outcome        text,                            -- done | nothing | superseded
  primary key (location_id, started_at)
);

-- Whose a lead is: how busy the team's people are.
alter table lead add column owner_id text;
create index lead_of_owner on lead (location_id, owner_id) where owner_id is not null;
alter table lead no force row level security;  -- the start puts it back
update lead set owner_id = data -> 'contact' ->> 'assignedTo' where (data ->> 'deleted')::boolean is not true;
