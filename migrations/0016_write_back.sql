-- What we last wrote, or asked to be written, into a contact's fields of ours.
create table write_back (
  location_id text           not null,
  lead_id     text           not null,
  outbox_id   uuid           not null,            -- the row that carries it
  asked_at    timestamptz(3) not null,            -- when that row may leave: the next one an hour later
  score       smallint       not null,            -- of 100
  tier        text           not null,
  decision_id uuid,                               -- the decision that was told
  primary key (location_id, lead_id)
) with (fillfactor = 80);
