-- What comes of an alert whose decision waits, in an operation on many: it has moved, and is not done.
alter table bulk_operations add column n_proposed bigint not null default 0;
alter table bulk_operation_items
  drop constraint bulk_operation_items_outcome_known,
  drop constraint bulk_operation_items_done_from,
  add constraint bulk_operation_items_outcome_known
    check (outcome in ('done', 'proposed', 'unchanged', 'refused')) not valid,
  add constraint bulk_operation_items_moved_from
    check ((outcome in ('done', 'proposed')) = (before is not null)) not valid;

-- A webhook's dead letters, which are ordered again together.
create index deliveries_dead on deliveries (webhook_id, created_at, id) where status = 'dead';
