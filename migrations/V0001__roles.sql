-- The functions' rights belong to this group role; it has no DDL and each table grants it what it needs.
-- A deployment's logins are members of it; a private cluster may make it a login itself.
do $$
begin
  if not exists (select from pg_roles where rolname = 'telltale_app') then
    create role telltale_app nologin;
  end if;
end
$$;

-- Raises when a condition does not hold. A write statement selects it last, so that a broken invariant
-- fails the statement and with it the SQL transaction, instead of committing half a change.
create function require_that(holds boolean, invariant text) returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  if holds is not true then
    raise exception 'invariant broken: %', invariant using errcode = 'TT001';
  end if;
  return true;
end
$$;
