-- What a letter says before its lead's turn has read it: whose number and address it names, looked up as those of a lead
-- are. A STOP said as one record of a person keeps back what is to go to the other, also where nobody has read the first
-- one's contact yet. `unplaced`: words of somebody who names none of these; which of them would tell whose they are.
alter table mailbox add column phone_key text;
alter table mailbox add column email_key text;
alter table mailbox add column unplaced  text check (unplaced in ('phone', 'email', 'any'));
create index mailbox_of_phone on mailbox (location_id, phone_key) where phone_key is not null;
create index mailbox_of_email on mailbox (location_id, email_key) where email_key is not null;
create index mailbox_unplaced on mailbox (location_id, lead_id) where unplaced is not null;
