-- A notice is about a lead, or about what a page of the house shows.
alter table notice alter column lead_id drop not null;
alter table notice add column page text check (page in ('models'));
alter table notice add constraint notice_about check ((lead_id is null) = (page is not null));
