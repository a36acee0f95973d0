-- Receivers that refuse us as a sender, where each message went, and what retention took out of a lead's decisions.

-- A domain of ours whose mail was refused for the sender's sake: its marketing waits until then.
create table sender_refusal (
  location_id text           not null,
  domain      text           not null,           -- of the From address; '' where the CRM picks it
  since       timestamptz(3) not null,           -- the first refusal since it last went well
  until       timestamptz(3) not null,
  detail      text           not null,           -- the receiver's word, without an address
  times       integer        not null,
  lifted_at   timestamptz(3),
  lifted_by   text,
  primary key (location_id, domain)
);

-- By channel, the keyed hash of the number or address that the message left for: what comes back is about that one.
alter table message add column sent_to jsonb not null default '{}';

-- The hash of the decision that stood before this one and is past its time. Null: from before gaps were kept.
create table decision_gap (
  location_id text           not null,
  lead_id     text           not null,
  turn        bigint         not null,           -- of the decision that is still there
  place       smallint       not null,
  before      text,
  at          timestamptz(3) not null,           -- when the one that is gone was made
  primary key (location_id, lead_id, turn, place)
);
alter table decision no force row level security;  -- the start puts it back
insert into decision_gap (location_id, lead_id, turn, place, at)
select distinct on (location_id, lead_id) location_id, lead_id, turn, place, '-infinity'::timestamptz
  from decision
 order by location_id, lead_id, turn, place;
delete from decision_gap where turn = 1 and place = 0;
insert into decision_gap (location_id, lead_id, turn, place, at)
select location_id, lead_id, turn, place, '-infinity'::timestamptz
  from decision
 where at < (select max(at) from decision) - interval '400 days'
    on conflict do nothing;
