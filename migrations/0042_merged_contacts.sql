-- Words that name no number are of whoever was merged into their contact, too; and a merge looks for whom its own stood for.
create index lead_alias_by_survivor on lead_alias (location_id, survivor_id);
