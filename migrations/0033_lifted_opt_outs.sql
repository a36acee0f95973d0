-- Who lifted an opt-out, when and why: shown beside the consent of every message since.
alter table address add column lifted jsonb;
