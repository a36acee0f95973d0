-- The chance of going cold that a contact was told last, in percent; null where no model said one.
alter table write_back add column churn smallint;
