-- Who let us in, a location or its company, by which tokens, and since when.

alter table installation
  add column company_id text,
  add column status_at  timestamptz(3),           -- absent: since it was installed
  add column status_why text;                     -- not active: why

-- An agency of the CRM that let us into its locations, those to come perhaps included.
create table company (
  location_id  text           not null,           -- `_app`: a company spans locations
  company_id   text           not null,
  status       text           not null,           -- active | uninstalled | reconnect
  status_at    timestamptz(3) not null,
  status_why   text,
  installed_at timestamptz(3) not null,
  listed_at    timestamptz(3),                    -- absent: the CRM is still to be asked for its locations
  primary key (location_id, company_id)
);

-- One row is one token that expires. The single-use refresh token is spent by whoever holds the lease.
create table token (
  location_id    text           not null,         -- the location; `_app`: a company's
  holder         text           not null,         -- the location's id again, or the company's
  access         text           not null,         -- sealed
  refresh        text,                            -- sealed, single use; absent: minted from the company's
  scopes         text[]         not null default '{}',
  number         bigint         not null,         -- one more at each renewal: what compare-and-set compares
  issued_at      timestamptz(3) not null,         -- this and the others: the database's real time
  expires_at     timestamptz(3) not null,
  renew_at       timestamptz(3) not null,
  renewing_by    uuid,
  renewing_until timestamptz(3),                  -- past: whoever renewed it died, and may have spent the refresh token
  doubtful       boolean        not null default false,   -- an answer was lost: the refresh token may be spent
  primary key (location_id, holder)
);
create index token_due on token (location_id, renew_at);

-- An install that somebody began and that may come back once.
create table install_state (
  location_id text           not null,            -- `_app`
  state_id    text           not null,            -- SHA-256 of what the browser holds
  expires_at  timestamptz(3) not null,            -- the database's real time
  begun_by    jsonb          not null,
  primary key (location_id, state_id)
);
create index install_state_age on install_state (expires_at);
