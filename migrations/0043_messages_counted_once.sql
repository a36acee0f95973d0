-- What became of messages, each counted once however many channels it tried. Of before, what was counted of attempts is the
-- nearest that is known: one failed where a channel failed and no other came next.
alter table insight no force row level security;  -- the start puts it back
alter table insight_delta no force row level security;
insert into insight_delta (location_id, at, metric, dimension, amount)
select c.location_id, c.at, 'fate.' || t.stage, substr(c.dimension, strpos(c.dimension, '/')), sum(c.amount * t.sign)
  from (select location_id, bucket as at, metric, dimension, amount from insight where metric like 'funnel.%'
         union all
        select location_id, at, metric, dimension, amount from insight_delta where metric like 'funnel.%') as c
 cross join lateral (
         select substr(c.metric, 8) as stage, 1 as sign where c.metric <> 'funnel.failed'
          union all
         select 'failed', case c.metric when 'funnel.failover' then -1 else 1 end
          where c.metric in ('funnel.failed', 'funnel.bounced', 'funnel.failover')) as t
 group by 1, 2, 3, 4;
