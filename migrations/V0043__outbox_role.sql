-- The role of the function `outbox`: no DDL, no login until a deployment gives it one, and the limits of time on the
-- role.
do $$
begin
  begin
    create role telltale_outbox nologin;
  exception when duplicate_object or unique_violation then
    null;
  end;
  if not exists (
    select
    from pg_db_role_setting s
    join pg_roles r on r.oid = s.setrole
    where r.rolname = 'telltale_outbox' and s.setdatabase = 0
  ) then
    alter role telltale_outbox set statement_timeout = '3s';
    alter role telltale_outbox set lock_timeout = '1s';
    alter role telltale_outbox set idle_in_transaction_session_timeout = '10s';
  end if;
end
$$;
