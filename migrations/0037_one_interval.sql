-- An interval is value, low and high wherever it stands; kept models had est, lo and hi. Only a key can read `"est": ` in
-- what jsonb prints: within a string the second quote is escaped. Digits stay as they are.
alter table model no force row level security;  -- the start puts it back
update model
   set metrics = replace(replace(replace(metrics::text, '"est": ', '"value": '), '"lo": ', '"low": '), '"hi": ', '"high": ')::jsonb,
       verdict = replace(replace(replace(verdict::text, '"est": ', '"value": '), '"lo": ', '"low": '), '"hi": ', '"high": ')::jsonb;
