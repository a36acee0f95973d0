-- A number is looked up as E.164, however it was typed: doubles of one person share it, and a STOP said as one is heard
-- for both. As src/kernel/phone.ts reads it; what is none of these forms is mended when the lead is next saved.
alter table lead no force row level security;  -- the start puts it back
with typed as (
  select location_id, lead_id, phone_key,
         regexp_replace(regexp_replace(translate(data -> 'contact' ->> 'phone', '０１２３４５６７８９＋', '0123456789+'),
                                       '(;|ext|x|#).*$', '', 'i'),
                        '[^0-9+]', '', 'g') as said
    from lead
   where phone_key is not null),
read as (
  select location_id, lead_id, phone_key,
         case when said ~ '^1?[2-9][0-9]{9}$' then '+1' || right(said, 10)
              when said ~ '^(\+?00|011)[1-9][0-9]{7,14}$' then '+' || regexp_replace(said, '^(\+?00|011)', '')
              when said ~ '^\+[1-9][0-9]{7,14}$' then said
         end as e164
    from typed)
update lead as l
   set phone_key = r.e164
  from read as r
 where l.location_id = r.location_id and l.lead_id = r.lead_id and r.e164 is not null and r.e164 <> r.phone_key;
update lead set phone_key = null where phone_key = '';
