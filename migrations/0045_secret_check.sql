-- Sealed with the LATCHKEY_SECRET by which all else here is sealed and found: a start with another is known by it.
create table secret_check (
  location_id text not null,                      -- `_app`: it belongs to no location
  sealed      text not null,
  primary key (location_id)
);
