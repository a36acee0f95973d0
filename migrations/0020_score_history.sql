-- What a lead's figures were, day by day: the last ones of each day (UTC) on which they changed.
create table score_history (
  location_id text not null,
  lead_id     text not null,
  day         date not null,
  score       real not null,                      -- 0 to 1, in hundredths
  chance      real,                               -- 0 to 1, in thousandths; absent where no model spoke of it
  churn       real,
  tier        text not null,
  model       text not null,
  primary key (location_id, lead_id, day)
);
create index score_history_by_day on score_history (day);
