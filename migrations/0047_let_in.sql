-- Since when an account or a company is let in: a renewal that is refused later does not make older words of the CRM count again.
-- What the version before writes leaves it null, or older than it is: then such words count, as they did.

alter table installation add column let_in_at timestamptz;
alter table company add column let_in_at timestamptz;
