-- Filters and an order of the queue under a name. A person's own setting, or shared with everybody; no part of the trail.
create table saved_views (
  id uuid not null,
  owner text not null,
  name text not null,
  query text not null,
  is_shared boolean not null,
  created_at timestamptz not null,
  constraint saved_views_pkey primary key (id),
  constraint saved_views_one_of_a_name unique (owner, name)
);

create index saved_views_shared on saved_views (name, id) where is_shared;

grant select, insert, delete on saved_views to telltale_app, telltale_investigations;
