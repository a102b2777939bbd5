-- What people write on an alert. Append-only: an edit is another version of the same note, and the newest is shown. The
-- hash of each version also stands in the alert's audit trail.
create table notes (
  id uuid not null,
  version bigint not null,
  alert_id uuid not null,
  author text not null,
  text text not null,
  written_at timestamptz not null,
  hash bytea not null,
  constraint notes_pkey primary key (id, version),
  constraint notes_alert foreign key (alert_id) references alerts (id),
  constraint notes_version_from_one check (version >= 1),
  constraint notes_hash_length check (length(hash) = 32)
);

create index notes_alert_id on notes (alert_id, id, version desc);

create trigger notes_append_only
before update or delete on notes
for each row execute function refuse_change();

grant select, insert on notes to telltale_app;
grant select, insert on notes to telltale_investigations;
grant select on notes to telltale_alerts;
