-- Files that people attach to an alert. What is known of one never changes; its content may be erased, once, and the row
-- then says when, by whom and why. Its hash also stands in the alert's audit trail.
create table attachments (
  id uuid not null,
  alert_id uuid not null,
  author text not null,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  attached_at timestamptz not null,
  hash bytea not null,
  content bytea,
  erased_at timestamptz,
  erased_by text,
  erasure_reason text,
  constraint attachments_pkey primary key (id),
  constraint attachments_alert foreign key (alert_id) references alerts (id),
  constraint attachments_media_type_known check (
    media_type in ('image/png', 'image/jpeg', 'application/pdf', 'text/plain', 'text/csv', 'message/rfc822')
  ),
  constraint attachments_size check (size_bytes between 1 and 4194304),
  constraint attachments_content_size check (length(content) = size_bytes),
  constraint attachments_hash_lengths check (length(sha256) = 32 and length(hash) = 32),
  constraint attachments_erased check ((content is null) = (erased_at is not null)),
  constraint attachments_erased_by check (
    (erased_at is null) = (erased_by is null) and (erased_at is null) = (erasure_reason is null)
  )
);

-- Pictures and documents are compressed already.
alter table attachments alter column content set storage external;

create index attachments_alert_id on attachments (alert_id, id);

-- The one change there is: an erasure, of what was not erased.
create trigger attachments_kept
before update on attachments
for each row
when (
  old.erased_at is not null
  or new.erased_at is null
  or (old.id, old.alert_id, old.author, old.name, old.media_type, old.size_bytes, old.sha256, old.attached_at, old.hash)
  is distinct from
  (new.id, new.alert_id, new.author, new.name, new.media_type, new.size_bytes, new.sha256, new.attached_at, new.hash)
)
execute function refuse_change();

create trigger attachments_not_removed
before delete on attachments
for each row execute function refuse_change();

create trigger attachments_no_truncate
before truncate on attachments
for each statement execute function refuse_change();

grant select, insert, update (content, erased_at, erased_by, erasure_reason) on attachments
to telltale_app, telltale_investigations;
-- A file is held to the trail whenever it is read.
grant select on audit_events to telltale_investigations;
-- The evidence of an alert names its files, and never holds them.
grant select (
  id, alert_id, author, name, media_type, size_bytes, sha256, attached_at, hash, erased_at, erased_by, erasure_reason
) on attachments to telltale_alerts;
-- The schedule holds files to the trail.
grant select on attachments to telltale_retrain;
