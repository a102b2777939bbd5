-- What learning needs: the maturity of labels and the alert budget in each configuration, supervised models,
-- and the calibrated probability of each assessment.
alter table configurations
  add column label_maturity_days smallint not null default 7,
  add column alert_budget double precision not null default 0.005;

alter table configurations
  add constraint configurations_maturity_in_range check (label_maturity_days between 0 and 41) not valid,
  add constraint configurations_budget_in_range check (alert_budget > 0 and alert_budget <= 0.04) not valid;

alter table models
  drop constraint models_kind_known;

alter table models
  add constraint models_kind_known
    check (kind in ('population_baseline', 'isolation_forest', 'supervised_forest')) not valid;

-- The probability is null unless a supervised model scored it. The detail says how the ml layer's score was
-- shared among features: along paths, or by exact Shapley values.
alter table assessments
  add column fraud_probability double precision,
  add column explanation_detail text not null default 'by_path';

alter table assessments
  add constraint assessments_probability_in_range check (fraud_probability > 0 and fraud_probability < 1) not valid,
  add constraint assessments_detail_known check (explanation_detail in ('by_path', 'exact')) not valid;

-- Models of the ml layer replace one another whatever their kind, so they have one chain. That of isolation
-- forests ends where it is.
insert into chain_heads (chain, sequence, hash)
values ('model:ml', 0, decode(repeat('00', 32), 'hex'));
