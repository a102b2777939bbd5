-- One role a function, with exactly the rights that its statements need. None has DDL, and none can log in: a
-- deployment gives login to those that it uses. The limits stand on the role because a pooler passes no session
-- settings on. Only what is missing is made, so that databases of one server can be migrated at once.
do $$
declare
  made record;
begin
  for made in
    select r.name, r.statement_timeout, r.lock_timeout, r.idle_timeout
    from (
      values
        ('telltale_ingest', '3s', '1s', '10s'),
        ('telltale_alerts', '3s', '1s', '10s'),
        ('telltale_investigations', '3s', '1s', '10s'),
        ('telltale_health', '3s', '1s', '10s'),
        ('telltale_bulk', '3s', '1s', '10s'),
        -- Tasks read many rows and have minutes.
        ('telltale_retrain', '60s', '5s', '60s')
    ) as r (name, statement_timeout, lock_timeout, idle_timeout)
    order by r.name
  loop
    begin
      execute format('create role %I nologin', made.name);
    exception when duplicate_object or unique_violation then
      null;
    end;
    if not exists (
      select
      from pg_db_role_setting s
      join pg_roles r on r.oid = s.setrole
      where r.rolname = made.name and s.setdatabase = 0
    ) then
      execute format('alter role %I set statement_timeout = %L', made.name, made.statement_timeout);
      execute format('alter role %I set lock_timeout = %L', made.name, made.lock_timeout);
      execute format(
        'alter role %I set idle_in_transaction_session_timeout = %L', made.name, made.idle_timeout
      );
    end if;
  end loop;
end
$$;

-- Whether a caller may: every function that people and feeds call over HTTP.
grant select on api_keys to telltale_ingest, telltale_alerts, telltale_investigations;
grant select, insert, update on rate_counters to telltale_ingest, telltale_alerts, telltale_investigations;

-- Which versions are active: health reads nothing else.
grant select on active_versions
to telltale_ingest, telltale_bulk, telltale_alerts, telltale_investigations, telltale_health, telltale_retrain;
grant select on configurations
to telltale_ingest, telltale_bulk, telltale_alerts, telltale_investigations, telltale_retrain;
grant select on models to telltale_ingest, telltale_bulk, telltale_alerts, telltale_retrain;

-- Ingestion, over HTTP and in bulk: stores, scores, raises and folds. It neither decides nor knows labels, so of an
-- alert it writes nothing that people write.
grant select, insert on ingest_keys, transactions, assessments to telltale_ingest, telltale_bulk;
grant select, insert, update on account_profiles, counterparty_profiles to telltale_ingest, telltale_bulk;
grant insert on audit_events to telltale_ingest, telltale_bulk;
grant select,
insert (
  id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, previous_alert_id,
  audit_sequence, audit_hash
),
update (
  severity, risk_score, n_assessments, top_assessment_id, first_seen_at, last_seen_at, respond_by, resolve_by,
  audit_sequence, audit_hash
) on alerts to telltale_ingest, telltale_bulk;

-- The alerts function reads.
grant select on alerts, transactions, assessments, audit_events to telltale_alerts;

-- People's moves and labels: the label's transaction, the profiles that it counts in, the alert and its trail.
grant select on transactions, assessments, ingest_keys to telltale_investigations;
grant select, insert, update on alerts, account_profiles, counterparty_profiles to telltale_investigations;
grant select, insert on labels to telltale_investigations;
grant insert on audit_events to telltale_investigations;

-- The schedule: learns, makes versions active with their trail, folds shards, makes partitions. Who gave a label is
-- not for learning.
grant select on transactions, assessments, transactions_default, assessments_default to telltale_retrain;
grant select (id, transaction_id, verdict, source, observed_at, recorded_at, attributed_to) on labels
to telltale_retrain;
grant insert on configurations, models, audit_events to telltale_retrain;
grant update on active_versions to telltale_retrain;
grant select, update on chain_heads to telltale_retrain;
grant select, insert, update, delete on counterparty_profiles to telltale_retrain;
grant execute on function make_partitions (timestamptz, integer) to telltale_retrain;

-- Lets roles log in with tokens of the cloud's access management: makes them logins, and members of the role by whose
-- members such tokens are taken. Where there is no such role nothing is given: a login without a way to prove who it
-- is would be open, or of no use. Runs with the rights of whoever calls it, which is the owner at deployment.
create function give_logins(roles text[], iam_role text) returns text[]
language plpgsql
set search_path = ''
as $$
declare
  given text;
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = iam_role) then
    return '{}';
  end if;
  foreach given in array roles loop
    if exists (select from pg_catalog.pg_roles r where r.rolname = given and not r.rolcanlogin) then
      execute format('alter role %I login', given);
    end if;
    if not pg_catalog.pg_has_role(given, iam_role, 'member') then
      execute format('grant %I to %I', iam_role, given);
    end if;
  end loop;
  return roles;
end
$$;

revoke all on function give_logins (text [], text) from public;
