-- What an alert's highest assessment says at a glance, frozen when it became the highest: the queue is filtered by it and
-- shown with it, without a look at transactions and assessments. Null for an alert of the system.
alter table alerts
  add column counterparty_id text,
  add column amount_minor bigint,
  add column currency text,
  add column detector text,
  add column device text,
  add column ip_address text,
  add column reason_codes text[];

alter table alerts
  add constraint alerts_trigger_is_whole check (
    (counterparty_id is null) = (amount_minor is null)
    and (counterparty_id is null) = (currency is null)
    and (counterparty_id is null) = (reason_codes is null)
  ) not valid,
  add constraint alerts_detector_known check (detector in ('statistical', 'behavioral', 'ml')) not valid;

grant insert (counterparty_id, amount_minor, currency, detector, reason_codes, device, ip_address),
update (counterparty_id, amount_minor, currency, detector, reason_codes, device, ip_address) on alerts
to telltale_ingest, telltale_bulk;
