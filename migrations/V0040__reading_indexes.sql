-- The runner puts a migration into a SQL transaction, where nothing is made concurrently. A deployment waits for it:
-- ten million transactions take a minute or two, during which they are read and not stored.

-- What people look for: transactions of a counterparty and of a device, the grave ones, accounts by their beginning,
-- labels of a source, the trail by time and by who acted. Profiles stay updated in place: the id never changes.
create index transactions_counterparty on transactions (counterparty_id, id desc);
create index transactions_device on transactions (device, id desc) where device is not null;
create index assessments_grave on assessments (id desc) where risk_score >= 0.5;
create index account_profiles_prefix on account_profiles (account_id text_pattern_ops);
create index audit_events_actor on audit_events (actor, at);

-- Who reads them.
grant select on account_profiles, labels, ingest_keys to telltale_alerts;
