-- What turned out to be true; append-only. The one in force is the highest source, then the newest.
create table labels (
  id uuid not null,
  transaction_id uuid not null,
  verdict text not null,
  source text not null,
  observed_at timestamptz not null,
  recorded_at timestamptz not null,
  actor text not null,
  supersedes uuid,
  -- Whose profile the verdict was counted in.
  attributed_to text not null,
  constraint labels_pkey primary key (id),
  constraint labels_transaction foreign key (transaction_id) references transactions (id),
  constraint labels_supersedes foreign key (supersedes) references labels (id),
  constraint labels_verdict_known check (verdict in ('fraud', 'genuine')),
  constraint labels_source_known check (source in ('analyst', 'chargeback', 'supervisor')),
  constraint labels_attributed_known check (attributed_to in ('account', 'counterparty')),
  -- The same claim again is a replay, not a second label.
  constraint labels_claim unique (transaction_id, source, verdict, observed_at)
);

create trigger labels_append_only
before update or delete on labels
for each row execute function refuse_change();

grant select, insert on labels to telltale_app;
