-- The schedule keeps the dashboard's figures and removes old ones; who reads the dashboard falls back on them.
grant delete on metrics_snapshots to telltale_app, telltale_retrain;
grant select on metrics_snapshots to telltale_alerts;
