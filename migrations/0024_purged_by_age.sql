-- What retention goes by: without these each round reads the whole table.
create index earlier_send_age on earlier_send (created_at);
create index consent_age on consent (given_at);
create index wording_age on wording (first_at);
-- whether any agreement still names a wording
create index consent_of_wording on consent (location_id, wording_hash) where wording_hash is not null;
create index import_moved on import (updated_at);
create index run_ended on run (ended_at) where ended_at is not null;
-- whether a lead was written to since: messages and agreements are kept by the last message to their lead
create index message_of_lead on message (location_id, lead_id, created_at);
