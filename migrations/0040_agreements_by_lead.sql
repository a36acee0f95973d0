-- An agreement's id may be the caller's own, such as the name of a form: two leads may have the same.
alter table consent drop constraint consent_pkey, add primary key (location_id, consent_id, lead_id);
