-- A message whose run ended while it was on its way: where it is put off, it does not leave any more.
alter table outbox add column recalled boolean not null default false;
