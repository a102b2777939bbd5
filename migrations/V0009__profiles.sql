-- Narrow rows that are updated in place: no indexed column changes and half the page stays free, so an
-- update writes no index entry; storage plain keeps the value in the row.
create table account_profiles (
  account_id text not null,
  profile bytea not null,
  constraint account_profiles_pkey primary key (account_id),
  constraint account_profiles_narrow check (length(profile) <= 1500)
) with (fillfactor = 50);

alter table account_profiles alter column profile set storage plain;

-- A counterparty's row is split into shards: a writer takes any free one, a reader merges all.
create table counterparty_profiles (
  counterparty_id text not null,
  shard bigint not null,
  profile bytea not null,
  constraint counterparty_profiles_pkey primary key (counterparty_id, shard),
  constraint counterparty_profiles_narrow check (length(profile) <= 1500)
) with (fillfactor = 50);

alter table counterparty_profiles alter column profile set storage plain;

grant select, insert, update on account_profiles to telltale_app;
grant select, insert, update, delete on counterparty_profiles to telltale_app;
