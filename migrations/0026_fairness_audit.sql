-- Of the last audit for which groups were brought: figures alone, no lead and no group's name.
create table fairness_audit (
  location_id text           primary key,
  made_at     timestamptz(3) not null,
  figures     jsonb          not null
);
