-- A model that was lent and that the team's own outcomes contradict: none is lent again until one has passed here.
alter table model add column withdrawn_at timestamptz(3);
