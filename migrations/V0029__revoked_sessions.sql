-- Sessions that were ended before their time. A session that was not is in no table: its token says what it is.
create table revoked_sessions (
  id uuid not null,
  ends_at timestamptz not null,
  constraint revoked_sessions_pkey primary key (id)
);

-- The schedule removes those that have ended by themselves.
create index revoked_sessions_ends_at on revoked_sessions (ends_at);

grant select, insert, delete on revoked_sessions to telltale_app;
grant select on revoked_sessions to telltale_ingest, telltale_alerts, telltale_investigations, telltale_health;
grant select, insert on revoked_sessions to telltale_admin;
grant select, delete on revoked_sessions to telltale_retrain;
