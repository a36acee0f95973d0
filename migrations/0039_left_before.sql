-- When a number or address last asked us to stop, of what has been taken back since: agreements until then stand for nothing,
-- whichever record of the person they are of.
alter table address add column left_at timestamptz(3);
