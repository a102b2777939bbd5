-- Assessments, immutable; an assessment has the id of its transaction.
create table assessments (
  id uuid not null,
  occurred_at timestamptz not null,
  risk_score double precision not null,
  severity text not null,
  statistical_outcome text not null,
  statistical_score double precision,
  behavioral_outcome text not null,
  behavioral_score double precision,
  ml_outcome text not null,
  ml_score double precision,
  -- Layers' reasons and why a layer did not score; texts and contributions, never a score.
  reasons jsonb not null,
  feature_schema_id smallint not null,
  features bytea not null,
  configuration_version bigint not null,
  baseline_id uuid,
  model_id uuid,
  gate text,
  gate_reason text,
  alert_id uuid,
  alert_outcome text,
  -- Only of alerted assessments: what was known just before.
  account_profile_before bytea,
  counterparty_profile_before bytea,
  constraint assessments_pkey primary key (id),
  constraint assessments_risk_in_range check (risk_score >= 0 and risk_score <= 1),
  constraint assessments_severity_known check (severity in ('low', 'medium', 'high', 'needs_review', 'critical')),
  constraint assessments_statistical_known check (statistical_outcome in ('scored', 'abstained', 'failed')),
  constraint assessments_behavioral_known check (behavioral_outcome in ('scored', 'abstained', 'failed')),
  constraint assessments_ml_known check (ml_outcome in ('scored', 'abstained', 'failed')),
  constraint assessments_gate_known check (gate in ('allow_list', 'snooze', 'cap', 'failures')),
  constraint assessments_alert_outcome_known check (alert_outcome in ('raised', 'folded'))
) partition by range (id);

create table assessments_default partition of assessments default;

create index assessments_alert on assessments (alert_id, id) where alert_id is not null;
-- The noise ledger: what a gate held back.
create index assessments_gate on assessments (gate, id) where gate is not null;

grant select, insert on assessments to telltale_app;
-- The schedule counts what no month's partition took; there should be nothing.
grant select on assessments_default to telltale_app;

-- The lowest version 7 UUID of a moment: a partition's bound.
create function lowest_id_at(moment timestamptz) returns uuid
language sql
immutable
set search_path = ''
as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the monthly partitions from the month of as_of to months_ahead months later, where missing.
-- Security definer: the schedule calls it with the application's role, which has no DDL.
create function make_partitions(as_of timestamptz, months_ahead integer) returns text[]
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
  month_start timestamptz;
  parent text;
  child text;
  made text[] := '{}';
begin
  for month_offset in 0..months_ahead loop
    month_start := (date_trunc('month', as_of at time zone 'utc') + make_interval(months => month_offset)) at time zone 'utc';
    foreach parent in array array['transactions', 'assessments'] loop
      child := parent || '_' || to_char(month_start at time zone 'utc', 'YYYY_MM');
      if to_regclass(child) is null then
        -- A month whose rows are in the default partition already cannot have one of its own; those after it can.
        -- Two tasks at once make each partition once.
        begin
          execute format(
            'create table %I partition of %I for values from (%L) to (%L)',
            child, parent, lowest_id_at(month_start),
            lowest_id_at(((month_start at time zone 'utc') + interval '1 month') at time zone 'utc')
          );
          made := made || child;
        exception when check_violation or duplicate_table then
          raise warning 'partition % was not made: %', child, sqlerrm;
        end;
      end if;
    end loop;
  end loop;
  return made;
end
$$;

revoke all on function make_partitions (timestamptz, integer) from public;
grant execute on function make_partitions (timestamptz, integer) to telltale_app;

select make_partitions(now(), 3);
