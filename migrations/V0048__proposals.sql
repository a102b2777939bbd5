-- A decision that waits for a second person, and who approved one that counts.
alter table alerts
  add column proposal jsonb,
  add column approved_by text;

-- Whoever does not know of proposals, such as an older version of the code, cannot move such an alert past them.
alter table alerts
  add constraint alerts_proposal_is_held
    check (proposal is null or (status = 'in_review' and assignee is not null)) not valid;
