-- Transactions, immutable. Partitioned by id, whose first 48 bits are the milliseconds of received_at.
create table transactions (
  id uuid not null,
  received_at timestamptz not null,
  source text not null,
  external_id text not null,
  account_id text not null,
  counterparty_id text not null,
  amount_minor bigint not null,
  currency text not null,
  occurred_at timestamptz not null,
  channel text not null,
  entity_type text,
  country text,
  city text,
  latitude double precision,
  longitude double precision,
  device text,
  ip_address text,
  category text,
  attributes jsonb not null,
  constraint transactions_pkey primary key (id),
  constraint transactions_amount_positive check (amount_minor > 0)
) partition by range (id);

create table transactions_default partition of transactions default;

create index transactions_account on transactions (account_id, occurred_at desc);
-- Retraining reads by event time; replays and late feeds keep it nearly in order of insertion.
create index transactions_occurred_at on transactions using brin (occurred_at);

grant select, insert on transactions to telltale_app;
-- The schedule counts what no month's partition took; there should be nothing.
grant select on transactions_default to telltale_app;
