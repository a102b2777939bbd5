-- Apart from V0013, so that reading the rows holds no lock that ingestion waits for.
alter table configurations validate constraint configurations_maturity_in_range;
alter table configurations validate constraint configurations_budget_in_range;

alter table models validate constraint models_kind_known;

alter table assessments validate constraint assessments_probability_in_range;
alter table assessments validate constraint assessments_detail_known;
