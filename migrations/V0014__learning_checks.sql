-- Apart from V0013, so that reading all assessments holds no lock that ingestion waits for.
alter table assessments validate constraint assessments_probability_in_range;
alter table assessments validate constraint assessments_detail_known;
