-- The audit trail. Insert and select only: triggers refuse update, delete and truncate even to the owner.
create table audit_events (
  chain text not null,
  sequence bigint not null,
  prev_hash bytea not null,
  hash bytea not null,
  canonical bytea not null,
  actor text not null,
  action text not null,
  at timestamptz not null,
  request_id text not null,
  before jsonb not null,
  after jsonb not null,
  constraint audit_events_pkey primary key (chain, sequence),
  constraint audit_events_no_fork unique (chain, prev_hash),
  constraint audit_events_sequence_from_one check (sequence >= 1),
  constraint audit_events_hash_lengths check (length(prev_hash) = 32 and length(hash) = 32)
);

create function refuse_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'TT002';
end
$$;

create trigger audit_events_append_only
before update or delete on audit_events
for each row execute function refuse_change();

create trigger audit_events_no_truncate
before truncate on audit_events
for each statement execute function refuse_change();

-- Heads of the chains that no row of their own carries: configuration, model:{kind}, access.
create table chain_heads (
  chain text not null,
  sequence bigint not null,
  hash bytea not null,
  constraint chain_heads_pkey primary key (chain),
  constraint chain_heads_hash_length check (length(hash) = 32)
);

insert into chain_heads (chain, sequence, hash)
select c.chain, 0, decode(repeat('00', 32), 'hex')
from unnest(array['configuration', 'model:population_baseline', 'model:isolation_forest', 'access']) as c (chain);

grant select, insert on audit_events to telltale_app;
grant select, update on chain_heads to telltale_app;
