-- The CRM's own workflows: what they ask to be told, and what they asked us to do.

-- A trigger of ours that somebody put into a workflow of the CRM: where to tell it, and of what.
create table crm_trigger (
  location_id     text           not null,
  subscription_id text           not null,       -- the CRM's id of the trigger in that workflow
  kind            text           not null check (kind in ('behavior', 'tier', 'run_ended')),
  filters         jsonb          not null,
  target_url      text           not null,
  workflow_id     text,                           -- the CRM's
  problem         text,                           -- why it will never fire as it stands
  created_at      timestamptz(3) not null,
  updated_at      timestamptz(3) not null,
  primary key (location_id, subscription_id)
);

-- What an action of ours answered to a workflow of the CRM: asked again, it is answered so again, and nothing is done twice.
create table crm_action (
  location_id text           not null,
  action_id   text           not null,            -- the execution's own id, else SHA-256 of what was asked
  asked_at    timestamptz(3) not null,
  answer      jsonb,                              -- null while it is being carried out
  primary key (location_id, action_id)
);
create index crm_action_age on crm_action (asked_at);
