-- Until 0033 the first opt-out's evidence stood alone: where a link or a person's judgment came first, nothing says whether
-- the lead has asked us to stop in words since. Nobody but the lead lifts those; nor what came between 0033 and this.
alter table address no force row level security;  -- the start puts it back
update address set opt_out = opt_out || '{"alone": true}'
 where opted_out_at is not null and opt_out ->> 'by' in ('link', 'person');
