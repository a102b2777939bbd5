-- Who reads the figures of operation: `GET /metrics` of health, and the schedule's task `metrics`. Of an alert only when
-- and how it ended, of a model only when it was made, of the default partitions only that they hold rows. Health also
-- checks the key of who asks.
grant select on api_keys to telltale_health;
grant select, insert, update on rate_counters to telltale_health;
grant select (id, status, disposition, created_at, decided_at, respond_by, resolve_by) on alerts
to telltale_health, telltale_retrain;
grant select (id, created_at) on models to telltale_health;
grant select (id) on transactions_default, assessments_default to telltale_health;
grant select on metrics_snapshots to telltale_health, telltale_retrain;
grant insert on metrics_snapshots to telltale_retrain;
