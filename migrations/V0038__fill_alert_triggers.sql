-- The triggers of the alerts that are there, as ingestion would have frozen them: the five reasons that weigh most by the
-- default weights, the base of a score left out. An alert that an old version raises after this has none until a graver
-- assessment folds into it.
update alerts as a
set counterparty_id = t.counterparty_id, amount_minor = t.amount_minor, currency = t.currency,
  device = t.device, ip_address = t.ip_address, detector = r.detectors[1], reason_codes = coalesce(r.codes, '{}')
from transactions as t
join assessments as s on s.id = t.id
cross join lateral (
  select
    array_agg(told.layer order by told.weighted desc, told.rank, told.position) as detectors,
    array_agg(told.code order by told.weighted desc, told.rank, told.position) as codes
  from (
    select l.layer, l.rank, e.position, e.reason ->> 'code' as code,
      l.weight * (e.reason ->> 'contribution')::double precision as weighted
    from (
      values
        ('statistical', 0.25::double precision, 1),
        ('behavioral', 0.35::double precision, 2),
        ('ml', 0.40::double precision, 3)
    ) as l (layer, weight, rank)
    cross join lateral jsonb_array_elements(coalesce(s.reasons -> l.layer -> 'reasons', '[]'))
      with ordinality as e (reason, position)
    where e.reason ->> 'code' <> 'base'
    order by weighted desc, l.rank, e.position
    limit 5
  ) as told
) as r
where t.id = a.top_assessment_id and a.kind <> 'system' and a.counterparty_id is null;

alter table alerts validate constraint alerts_trigger_is_whole;
alter table alerts validate constraint alerts_detector_known;
