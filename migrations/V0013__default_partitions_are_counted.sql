-- The schedule counts what no month's partition took, with the application's role. A right on the partitioned table does
-- not reach a partition that is named by itself.
grant select on transactions_default, assessments_default to telltale_app;
