-- The schedule removes counts of requests of windows long past.
grant select, delete on rate_counters to telltale_retrain;
