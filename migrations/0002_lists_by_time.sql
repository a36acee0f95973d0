-- What the feed, the list of messages and the list of troubles walk by time. Keys only ever grow at the right edge.

create index event_recent on event (location_id, received_at);
create index outbox_recent on outbox (location_id, created_at, outbox_id) where kind = 'message';
create index outbox_undecided on outbox (location_id, created_at) where state = 'undecided';
create index run_failed on run (location_id, ended_at) where status = 'failed';
