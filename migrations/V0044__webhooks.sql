-- Where people want to be told of events. Made once, removed once, kept.
create table webhooks (
  id uuid not null,
  url text not null,
  events text [] not null,
  description text not null,
  owner text not null,
  created_at timestamptz not null,
  removed_at timestamptz,
  removed_by text,
  constraint webhooks_pkey primary key (id),
  constraint webhooks_removed_by check ((removed_at is null) = (removed_by is null))
);

-- What deliveries are signed with: the newest secret, and those before it until they end. In a table of its own, so that
-- whoever makes and changes webhooks cannot read it.
create table webhook_secrets (
  webhook_id uuid not null,
  generation bigint not null,
  secret text not null,
  created_at timestamptz not null,
  ends_at timestamptz,
  constraint webhook_secrets_pkey primary key (webhook_id, generation),
  constraint webhook_secrets_webhook foreign key (webhook_id) references webhooks (id)
);

-- The outbox: one row for each webhook and event, written in the SQL transaction of the event. What is sent is made from
-- the event of the audit trail, which does not change, so that each attempt sends the same.
create table deliveries (
  id uuid not null default gen_random_uuid(),
  webhook_id uuid not null,
  event text not null,
  chain text not null,
  sequence bigint not null,
  status text not null default 'pending',
  n_attempts bigint not null default 0,
  due_at timestamptz not null,
  created_at timestamptz not null,
  last_attempt_at timestamptz,
  last_status smallint,
  last_error text,
  ended_at timestamptz,
  constraint deliveries_pkey primary key (id),
  constraint deliveries_webhook foreign key (webhook_id) references webhooks (id),
  constraint deliveries_event foreign key (chain, sequence) references audit_events (chain, sequence),
  constraint deliveries_status_known check (status in ('pending', 'delivered', 'dead')),
  constraint deliveries_ended check ((ended_at is null) = (status = 'pending'))
);

create index deliveries_due on deliveries (webhook_id, due_at) where status = 'pending';
create index deliveries_page on deliveries (created_at desc, id desc);
create index deliveries_tried_enough on deliveries (webhook_id, due_at) where status = 'pending' and n_attempts >= 8;
create index deliveries_of_status on deliveries (status, created_at desc, id desc);
create index deliveries_of_event on deliveries (event, created_at desc, id desc);
create index deliveries_of_webhook on deliveries (webhook_id, created_at desc, id desc);
create index deliveries_ended on deliveries (ended_at) where ended_at is not null;

grant select, insert, update on webhooks, webhook_secrets to telltale_app;
grant select, insert, update, delete on deliveries to telltale_app;

-- Whoever writes the audit trail writes the outbox with it.
grant select (id, events, removed_at) on webhooks
to telltale_ingest, telltale_bulk, telltale_investigations, telltale_retrain;
grant insert (webhook_id, event, chain, sequence, due_at, created_at) on deliveries
to telltale_ingest, telltale_bulk, telltale_investigations, telltale_retrain, telltale_admin;

-- People make, list and remove webhooks, look at deliveries and order them again; nobody of them reads a secret.
grant select, insert on webhooks to telltale_admin;
grant update (removed_at, removed_by) on webhooks to telltale_admin;
grant insert, select (webhook_id, generation, ends_at), update (ends_at) on webhook_secrets to telltale_admin;
grant select on deliveries to telltale_admin;
grant update (status, n_attempts, due_at, ended_at) on deliveries to telltale_admin;

-- The outbox reads what is due with the event it tells of, and writes what came of it.
grant select on webhooks, webhook_secrets, deliveries to telltale_outbox;
grant update (status, n_attempts, due_at, last_attempt_at, last_status, last_error, ended_at) on deliveries
to telltale_outbox;
grant select (chain, sequence, actor, at, before, after) on audit_events to telltale_outbox;
grant select (id, account_id) on alerts to telltale_outbox;

-- The schedule removes what ended long ago.
grant select (id, ended_at), delete on deliveries to telltale_retrain;
