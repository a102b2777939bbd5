-- Which entry or snooze held an alert back: the noise ledger's answer to what an entry has cost.
alter table assessments add column held_by uuid;
