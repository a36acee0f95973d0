-- Calls of the last day, counted before another one begins.
create index outbox_calls on outbox (location_id, attempted_at) where channels @> '{voice}';
