-- Anchors: each is one hash over the heads of the chains that grew since the one before. They are chained as events
-- are, and told outside the database too, so that a chain whose end was cut off is found.
create table audit_anchors (
  number bigint not null,
  at timestamptz not null,
  n_chains bigint not null,
  root bytea not null,
  prev_hash bytea not null,
  hash bytea not null,
  constraint audit_anchors_pkey primary key (number),
  constraint audit_anchors_no_fork unique (prev_hash),
  constraint audit_anchors_number_from_one check (number >= 1),
  constraint audit_anchors_hash_lengths
    check (length(root) = 32 and length(prev_hash) = 32 and length(hash) = 32)
);

-- The heads under an anchor's root, in their order from 1.
create table audit_anchor_leaves (
  anchor bigint not null,
  position bigint not null,
  chain text not null,
  sequence bigint not null,
  hash bytea not null,
  constraint audit_anchor_leaves_pkey primary key (anchor, position),
  constraint audit_anchor_leaves_once unique (chain, sequence),
  constraint audit_anchor_leaves_anchor foreign key (anchor) references audit_anchors (number),
  constraint audit_anchor_leaves_hash_length check (length(hash) = 32)
);

create trigger audit_anchors_append_only
before update or delete on audit_anchors
for each row execute function refuse_change();

create trigger audit_anchors_no_truncate
before truncate on audit_anchors
for each statement execute function refuse_change();

create trigger audit_anchor_leaves_append_only
before update or delete on audit_anchor_leaves
for each row execute function refuse_change();

create trigger audit_anchor_leaves_no_truncate
before truncate on audit_anchor_leaves
for each statement execute function refuse_change();

-- Which chains grew lately, and the trail in the order of time. The table has a few rows an alert; on a large one this blocks writers for seconds. Not
-- concurrently: the runner puts each file into a transaction.
create index audit_events_at on audit_events (at, chain, sequence);

-- The schedule anchors and verifies.
grant select, insert on audit_anchors, audit_anchor_leaves to telltale_app, telltale_retrain;
grant select on audit_events, notes to telltale_retrain;
-- It holds alerts' heads to their chains, and raises an alert of the system where one is broken.
grant select (kind, cause, audit_sequence, audit_hash),
insert (
  id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash
) on alerts to telltale_retrain;
-- The evidence of an alert: its anchor, and the labels of its transactions but not who gave them.
grant select on audit_anchors, audit_anchor_leaves to telltale_alerts;
grant select (id, transaction_id, verdict, source, observed_at, recorded_at, attributed_to) on labels
to telltale_alerts;
