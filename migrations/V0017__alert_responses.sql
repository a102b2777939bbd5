-- When somebody first took an alert on: what its time to respond is measured by. For alerts that were taken on before
-- this column was there, their trail says when.
alter table alerts add column responded_at timestamptz;

update alerts a
set responded_at = t.at
from (
  select chain, min(at) as at
  from audit_events
  where action = 'alert_claimed'
  group by chain
) as t
where t.chain = 'alert:alr_' || a.id;
