-- What was done to many alerts at once, item by item, with where each stood before: what an undoing goes back to. An
-- undoing is an operation too, and each operation is undone once.
create table bulk_operations (
  id uuid not null,
  action text not null,
  actor text not null,
  request_id text not null,
  made_at timestamptz not null,
  -- What was asked beside the alerts: assignee, disposition, confidence, reason.
  details jsonb not null,
  undoes uuid,
  n_done bigint not null,
  n_unchanged bigint not null,
  n_refused bigint not null,
  constraint bulk_operations_pkey primary key (id),
  constraint bulk_operations_action_known check (action in ('claim', 'assign', 'decide', 'close', 'undo')),
  constraint bulk_operations_undo_undoes check ((action = 'undo') = (undoes is not null)),
  constraint bulk_operations_undone foreign key (undoes) references bulk_operations (id),
  constraint bulk_operations_undone_once unique (undoes)
);

create table bulk_operation_items (
  operation_id uuid not null,
  position bigint not null,
  alert_id uuid not null,
  outcome text not null,
  -- The alert's version after it; of one refused as stale the version that it has.
  version bigint,
  n_labelled bigint,
  error_type text,
  error_message text,
  before jsonb,
  constraint bulk_operation_items_pkey primary key (operation_id, position),
  constraint bulk_operation_items_operation foreign key (operation_id) references bulk_operations (id),
  constraint bulk_operation_items_outcome_known check (outcome in ('done', 'unchanged', 'refused')),
  constraint bulk_operation_items_refused_why check ((outcome = 'refused') = (error_type is not null)),
  constraint bulk_operation_items_done_from check ((outcome = 'done') = (before is not null))
);

create trigger bulk_operations_append_only
before update or delete on bulk_operations
for each row execute function refuse_change();

create trigger bulk_operation_items_append_only
before update or delete on bulk_operation_items
for each row execute function refuse_change();

grant select, insert on bulk_operations, bulk_operation_items to telltale_app;
grant select, insert on bulk_operations, bulk_operation_items to telltale_investigations;
