--! breaking-change
-- What came back from a number or address is kept by channel: { "sms": { badAt, detail } }, or { detail, doubts } while it
-- proves nothing. A number or address that a refusal had closed is opened
-- again: any refusal that spoke of one was read so, ours too.
alter table address no force row level security;  -- the start puts it back
update address
   set bounce     = null,
       bounced_at = null
 where channel = 'phone' and bounce is not null;
update address
   set bounce = jsonb_build_object('email', jsonb_strip_nulls(jsonb_build_object(
                  'detail', coalesce(bounce ->> 'detail', 'bounced'),
                  'badAt', floor(extract(epoch from bounced_at) * 1000)::bigint,
                  'doubts', case when bounced_at is null then bounce -> 'soft' end)))
 where channel = 'email' and bounce is not null and coalesce(bounce ->> 'detail', '') not like 'bad\_address %';
update address
   set bounce     = null,
       bounced_at = null
 where channel = 'email' and bounce ->> 'detail' like 'bad\_address %';
