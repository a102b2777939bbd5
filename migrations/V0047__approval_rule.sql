-- Four eyes: from which severity on a decision wants a second person.
alter table configurations add column approval_from_severity text not null default 'off';
alter table configurations
  add constraint configurations_approval_known
    check (approval_from_severity in ('off', 'low', 'medium', 'high', 'needs_review', 'critical')) not valid;
