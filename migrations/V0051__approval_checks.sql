-- Apart from the columns' migrations, so that reading the rows holds no lock that ingestion waits for.
alter table configurations validate constraint configurations_approval_known;
alter table alerts validate constraint alerts_proposal_is_held;
alter table bulk_operation_items validate constraint bulk_operation_items_outcome_known;
alter table bulk_operation_items validate constraint bulk_operation_items_moved_from;
