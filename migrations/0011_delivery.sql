-- What leads of a location do about messages, by channel: all of them together, folded from the counts of turns.
create table channel_rate (
  location_id text   not null,
  channel     text   not null,
  sent        bigint not null default 0,
  answered    bigint not null default 0,          -- replied, clicked or taken, within the window
  opened      bigint not null default 0,          -- opened by a person, and no more
  primary key (location_id, channel)
) with (fillfactor = 50);

-- Messages that the provider took and of whose arrival nothing final has been told: asked about until they are.
create table awaited (
  location_id text           not null,
  outbox_id   uuid           not null,
  provider_id text           not null,
  channel     text           not null,
  asked       smallint       not null default 0,  -- how often
  next_at     timestamptz(3) not null,            -- the database's real time
  primary key (location_id, outbox_id)
) with (fillfactor = 70);
create index awaited_due on awaited (location_id, next_at);
