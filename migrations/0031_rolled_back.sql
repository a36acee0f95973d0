-- When a person took a champion back: trainings promote nobody of its kind by themselves from then on, until a person does.
alter table model add column rolled_back_at timestamptz(3);
