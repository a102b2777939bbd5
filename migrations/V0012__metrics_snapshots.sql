-- Figures of the dashboard as of a moment, for when a live query would be slow or fails.
create table metrics_snapshots (
  id uuid not null,
  kind text not null,
  as_of timestamptz not null,
  figures jsonb not null,
  constraint metrics_snapshots_pkey primary key (id)
);

create index metrics_snapshots_kind on metrics_snapshots (kind, as_of desc);

grant select, insert on metrics_snapshots to telltale_app;
