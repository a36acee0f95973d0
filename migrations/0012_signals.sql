-- Which lead a visitor of the team's site has turned out to be. The latest identification stands, for what comes after it.
create table visitor (
  location_id text           not null,
  visitor_id  text           not null,
  lead_id     text           not null,
  linked_at   timestamptz(3) not null,
  primary key (location_id, visitor_id)
);
create index visitor_linked on visitor (linked_at);

-- How often a link of a message was followed, by people and by machines. One row for each link.
create table link_click (
  location_id text           not null,
  message_id  uuid           not null,
  channel     text           not null,
  place       smallint       not null,
  first_at    timestamptz(3) not null,
  last_at     timestamptz(3) not null,
  person_at   timestamptz(3),                     -- the last person's click that was told to the lead's turn
  people      integer        not null,
  machines    integer        not null,
  primary key (location_id, message_id, channel, place)
);
create index link_click_last on link_click (last_at);

-- What a click takes along to the team's own site, so that the tracker there knows who came: for minutes, and once.
create table site_pass (
  location_id text           not null,
  pass_hash   text           not null,
  lead_id     text           not null,
  expires_at  timestamptz(3) not null,
  primary key (location_id, pass_hash)
);
create index site_pass_expires on site_pass (expires_at);

-- Kinds of e-mail, by workflow, that whoever has the address asked us to leave off: { workflow: instant in ms }.
alter table address add column muted jsonb not null default '{}';
