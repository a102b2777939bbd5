-- The fields of a configuration that a person has fixed: what is learned replaces none of them.
alter table configurations add column fixed text [] not null default '{}';

-- People make versions and go back to them.
grant select, insert on configurations to telltale_admin;
grant select, update on active_versions to telltale_admin;
