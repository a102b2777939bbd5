create table alerts (
  id uuid not null,
  kind text not null,
  account_id text,
  -- Of a system alert: what failed, such as layer_failed:ml.
  cause text,
  status text not null,
  severity text not null,
  risk_score double precision not null,
  n_assessments bigint not null,
  -- The assessment that raised it, and the one with the highest severity and score.
  first_assessment_id uuid not null,
  top_assessment_id uuid not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  created_at timestamptz not null,
  respond_by timestamptz not null,
  resolve_by timestamptz not null,
  -- Earlier confirmed frauds of the account when the alert was raised.
  n_confirmed_before bigint not null,
  previous_alert_id uuid,
  assignee text,
  is_escalated boolean not null default false,
  disposition text,
  confidence double precision,
  notes text,
  decided_by text,
  decided_at timestamptz,
  audit_sequence bigint not null,
  audit_hash bytea not null,
  constraint alerts_pkey primary key (id),
  constraint alerts_kind_known check (kind in ('transaction', 'sample', 'system')),
  constraint alerts_system_has_cause check ((kind = 'system') = (cause is not null)),
  constraint alerts_status_known check (status in ('active', 'in_review', 'resolved', 'closed')),
  constraint alerts_severity_known check (severity in ('low', 'medium', 'high', 'needs_review', 'critical')),
  constraint alerts_disposition_known
    check (disposition in ('confirmed_fraud', 'false_positive', 'benign_positive', 'inconclusive')),
  constraint alerts_active_is_unheld check (status <> 'active' or assignee is null),
  constraint alerts_resolved_is_decided check (status not in ('resolved') or disposition is not null),
  constraint alerts_risk_in_range check (risk_score >= 0 and risk_score <= 1),
  constraint alerts_confidence_in_range check (confidence >= 0 and confidence <= 1),
  constraint alerts_hash_length check (length(audit_hash) = 32)
) with (fillfactor = 80);

-- At most one active alert an account.
create unique index alerts_one_active on alerts (account_id) where status = 'active' and kind = 'transaction';
-- At most one open system alert a cause.
create unique index alerts_one_open_cause on alerts (cause) where status in ('active', 'in_review') and kind = 'system';
-- How many alerts of accounts a failing layer has raised lately.
create index alerts_needs_review on alerts (id) where severity = 'needs_review' and kind = 'transaction';
-- What the hot path asks of an account's alerts, however many it has had.
create index alerts_open on alerts (account_id) where kind = 'transaction' and status in ('active', 'in_review');
create index alerts_confirmed on alerts (account_id) where disposition = 'confirmed_fraud';
create index alerts_account on alerts (account_id, id desc);
create index alerts_status on alerts (status, id desc);

grant select, insert, update on alerts to telltale_app;
