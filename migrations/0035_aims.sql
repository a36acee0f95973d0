-- What the chance was asked to foretell when a training began (src/kernel/aim.ts); null: an appointment within 30 days, or
-- a training of going cold. A change of it makes a training due.
alter table training add column aim jsonb;
