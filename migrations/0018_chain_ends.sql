-- What chains alone do not show: that their last links are gone, and that the audit is what was written.

-- The last proof of each lead, moved by the statement that appends to the chain.
create table chain_head (
  location_id text           not null,
  lead_id     text           not null,
  n           bigint         not null,
  at          timestamptz(3) not null,
  hash        text           not null,
  primary key (location_id, lead_id)
) with (fillfactor = 80);
alter table proof no force row level security;  -- the start puts it back
insert into chain_head (location_id, lead_id, n, at, hash)
select distinct on (location_id, lead_id) location_id, lead_id, n, at, hash
  from proof
 order by location_id, lead_id, n desc;

-- When the lead's last decision was made; its hash is the state's. Null: nothing was decided since.
alter table lead_turn add column decided_at timestamptz(3);

-- Each entry of the audit as it was written. Who writes names the last one in sight: two at once may name the same.
alter table audit add column hash text;         -- null: from before entries were chained
create table audit_link (
  location_id text           not null,
  seq         bigint         not null generated always as identity,
  audit_id    uuid           not null,
  at          timestamptz(3) not null,
  before      text           not null,           -- the hash of the one before, '' for the first
  before_at   timestamptz(3),
  hash        text           not null,           -- SHA-256 over `before` and the canonical entry
  primary key (location_id, seq)
);
create index audit_link_of_entry on audit_link (location_id, audit_id);
create index audit_link_by_hash on audit_link (location_id, hash);
create index audit_link_by_time on audit_link (location_id, at);
