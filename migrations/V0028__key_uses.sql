-- When a key was last used and from where, to the hour: a table of its own, so that a request that notes nothing new
-- writes nothing, and one that does never touches a key's row. Unlogged, as the counts beside it: the statement that checks
-- a key waits for no disk. After a crash a key shows no use until its next.
create unlogged table key_uses (
  key_id text not null,
  used_at timestamptz not null,
  address text not null,
  constraint key_uses_pkey primary key (key_id)
) with (fillfactor = 50);

grant select, insert, update on key_uses to telltale_app;
grant select, insert, update on key_uses
to telltale_ingest, telltale_alerts, telltale_investigations, telltale_health, telltale_admin;
