-- The role of the function `admin`, like those of the other functions: no DDL, no login until a deployment gives it
-- one, and the limits of time on the role.
do $$
begin
  begin
    create role telltale_admin nologin;
  exception when duplicate_object or unique_violation then
    null;
  end;
  if not exists (
    select
    from pg_db_role_setting s
    join pg_roles r on r.oid = s.setrole
    where r.rolname = 'telltale_admin' and s.setdatabase = 0
  ) then
    alter role telltale_admin set statement_timeout = '3s';
    alter role telltale_admin set lock_timeout = '1s';
    alter role telltale_admin set idle_in_transaction_session_timeout = '10s';
  end if;
end
$$;

-- The key check, the trail of what it changes, and the heads of its chains.
grant select on api_keys to telltale_admin;
grant select, insert, update on rate_counters to telltale_admin;
grant insert on audit_events to telltale_admin;
grant select, update on chain_heads to telltale_admin;
