-- What the schedule looks for every few minutes: alerts that are late and not yet escalated, decided ones that are to be
-- closed. It moves alerts as people do, with an event on the alert's chain, and writes nothing that people write.
create index alerts_to_respond on alerts (respond_by) where status = 'active' and not is_escalated;
create index alerts_to_resolve on alerts (resolve_by) where status = 'in_review' and not is_escalated;
create index alerts_to_close on alerts (decided_at) where status = 'resolved';
-- Compliance and resolution time are told by the week of the decision.
create index alerts_decided on alerts (decided_at) where status in ('resolved', 'closed');

grant select, update (status, is_escalated, audit_sequence, audit_hash) on alerts to telltale_retrain;
