-- The runner puts a migration into a SQL transaction, where nothing is made concurrently. A deployment waits for it:
-- a million alerts take some seconds, during which alerts are read and not raised.

-- What of an alert's priority does not change by itself, in units of 1e-12: severity 0.40, risk score 0.30, confirmed
-- fraud on the account before 0.15. Only the age against the deadline, at most 0.15, moves with time, so an index by this
-- finds the head of the queue without a look at the rest.
create function alert_lasting_priority(severity text, risk_score double precision, n_confirmed_before bigint) returns bigint
language sql
immutable
parallel safe
as $$
  select round((
    0.40::float8 * case severity
      when 'low' then 0.25::float8 when 'medium' then 0.5::float8 when 'high' then 0.75::float8
      when 'needs_review' then 0.9::float8 else 1::float8
    end
    + 0.30::float8 * risk_score
    + 0.15::float8 * least(n_confirmed_before::float8 / 2, 1)
  ) * 1e12::float8)::bigint
$$;

-- One index an order, each a status first: a page merges the heads of the statuses it wants.
create index alerts_priority
on alerts (status, alert_lasting_priority(severity, risk_score, n_confirmed_before) desc, id desc);
create index alerts_score on alerts (status, risk_score desc, id desc);
create index alerts_amount on alerts (status, currency, amount_minor desc, id desc);
create index alerts_respond_by on alerts (status, respond_by, id);
create index alerts_resolve_by on alerts (status, resolve_by, id);
-- One index a filter that few alerts may pass, newest first.
create index alerts_rare_severity on alerts (severity, id desc) where severity in ('low', 'needs_review');
create index alerts_kind on alerts (kind, id desc) where kind <> 'transaction';
create index alerts_assignee on alerts (assignee, id desc) where assignee is not null;
create index alerts_escalated on alerts (id desc) where is_escalated;
create index alerts_reasons on alerts using gin (reason_codes);
-- By their beginnings too, whatever the collation.
create index alerts_account_prefix on alerts (account_id text_pattern_ops);
create index alerts_device on alerts (device, id desc) where device is not null;
create index alerts_ip_address on alerts (ip_address, id desc) where ip_address is not null;
create index alerts_counterparty on alerts (counterparty_id text_pattern_ops, id desc);
