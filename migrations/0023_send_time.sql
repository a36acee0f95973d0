-- What leads of a location do about messages by the hours at which they left: channel, weekday or weekend, two local hours
-- (`sms/d9`). All leads together, folded from the counts of turns; at most 24 rows a channel.
create table slot_rate (
  location_id text   not null,
  slot        text   not null,
  sent        bigint not null default 0,
  answered    bigint not null default 0,          -- replied, clicked or taken, within the window
  primary key (location_id, slot)
) with (fillfactor = 50);
