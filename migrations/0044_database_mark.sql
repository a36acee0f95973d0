-- Until when Latchkey has worked on this database. A data folder that remembers a later instant has it before it as an older copy.
create table database_mark (
  location_id text           not null,            -- `_app`: it belongs to no location
  database_id uuid           not null,            -- the same in every copy
  seen_at     timestamptz(3) not null,            -- the database's real time
  primary key (location_id)
);
