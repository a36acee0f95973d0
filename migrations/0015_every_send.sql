-- Under which ids the provider knows a message on a channel that it has left since: what becomes of it there may be told late.
create table earlier_send (
  location_id text           not null,
  provider_id text           not null,            -- its message id, or its e-mail message id
  message_id  uuid           not null,
  lead_id     text           not null,
  channel     text           not null,
  created_at  timestamptz(3) not null,            -- of the message
  primary key (location_id, provider_id)
);

-- Why the last attempt took nothing, of what is queued for another: rate, auth, unreachable, breaker, forbidden, limit.
alter table outbox add column put_off text;
create index outbox_put_off on outbox (location_id, put_off) where state = 'queued' and put_off is not null;
