-- Which runs a plan still has: asked before a plan is removed, and by everything that moves runs between plans.
create index run_of_plan on run (location_id, plan_id);
