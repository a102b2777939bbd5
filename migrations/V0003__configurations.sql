-- Tunable rules, append-only; which one is active stands in active_versions.
create table configurations (
  version bigint generated always as identity,
  threshold_medium double precision not null,
  threshold_high double precision not null,
  weight_statistical double precision not null,
  weight_behavioral double precision not null,
  weight_ml double precision not null,
  alert_cap_per_account_hour bigint not null,
  origin text not null,
  created_by text not null,
  created_at timestamptz not null,
  constraint configurations_pkey primary key (version),
  constraint configurations_thresholds_in_order
    check (threshold_medium > 0 and threshold_medium < threshold_high and threshold_high <= 1),
  constraint configurations_weights_sum_to_one
    check (abs(weight_statistical + weight_behavioral + weight_ml - 1) <= 1e-9),
  constraint configurations_cap_not_negative check (alert_cap_per_account_hour >= 0),
  constraint configurations_origin_known check (origin in ('environment', 'deployment', 'person', 'adaptation'))
);

create trigger configurations_append_only
before update or delete on configurations
for each row execute function refuse_change();

grant select, insert on configurations to telltale_app;
