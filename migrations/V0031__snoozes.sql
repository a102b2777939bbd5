-- Accounts that raise no alerts for a while. Made once, ended once, kept.
create table snoozes (
  id uuid not null,
  account_id text not null,
  -- Only what this reason leads to; null for everything.
  reason_code text,
  -- The gravest that is held back.
  severity text not null,
  reason text not null,
  owner text not null,
  created_at timestamptz not null,
  until timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  constraint snoozes_pkey primary key (id),
  constraint snoozes_severity_known check (severity in ('low', 'medium', 'high', 'needs_review', 'critical')),
  constraint snoozes_ended_by check ((ended_at is null) = (ended_by is null))
);

-- What ingestion asks of a transaction's account, however long the history.
create index snoozes_live on snoozes (account_id, until) where ended_at is null;

grant select, insert, update on snoozes to telltale_app;
grant select on snoozes to telltale_ingest, telltale_bulk;
grant select, insert on snoozes to telltale_admin;
grant update (ended_at, ended_by) on snoozes to telltale_admin;
-- A snooze holds back what is no graver than the account's newest alert.
grant select (id, kind, account_id, severity) on alerts to telltale_admin;
