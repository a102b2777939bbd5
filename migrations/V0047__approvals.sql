-- Four eyes: from which severity on a decision wants a second person, a decision that waits for one, and who approved
-- one that counts.
alter table configurations add column approval_from_severity text not null default 'off';
alter table configurations
  add constraint configurations_approval_known
    check (approval_from_severity in ('off', 'low', 'medium', 'high', 'needs_review', 'critical')) not valid;

alter table alerts
  add column proposal jsonb,
  add column approved_by text;

-- Few alerts wait at any time, and supervisors look for them among all that are in review.
create index alerts_awaiting_approval on alerts (resolve_by, id) where proposal is not null;

-- What comes of an alert whose decision waits: it has moved, and is not done.
alter table bulk_operations add column n_proposed bigint not null default 0;
alter table bulk_operation_items
  drop constraint bulk_operation_items_outcome_known,
  drop constraint bulk_operation_items_done_from,
  add constraint bulk_operation_items_outcome_known
    check (outcome in ('done', 'proposed', 'unchanged', 'refused')) not valid,
  add constraint bulk_operation_items_moved_from
    check ((outcome in ('done', 'proposed')) = (before is not null)) not valid;
