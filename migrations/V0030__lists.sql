-- What people have said of accounts, counterparties, devices and addresses. Made once, removed once, kept.
create table list_entries (
  id uuid not null,
  kind text not null,
  subject text not null,
  value text not null,
  reason text not null,
  owner text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by text,
  constraint list_entries_pkey primary key (id),
  constraint list_entries_kind_known check (kind in ('allow', 'deny', 'watch')),
  constraint list_entries_subject_known check (subject in ('account', 'counterparty', 'device', 'ip')),
  constraint list_entries_removed_by check ((removed_at is null) = (removed_by is null))
);

-- What ingestion asks of each party of a transaction, however long the history.
create index list_entries_live on list_entries (subject, value) where removed_at is null;

grant select, insert, update on list_entries to telltale_app;
grant select on list_entries to telltale_ingest, telltale_bulk;
grant select, insert on list_entries to telltale_admin;
grant update (removed_at, removed_by) on list_entries to telltale_admin;
