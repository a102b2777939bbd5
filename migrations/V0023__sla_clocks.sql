-- squawk-ignore-file prefer-bigint-over-int
-- How long each severity has, in minutes: low, medium, high, needs_review, critical.
alter table configurations
  add column sla_respond_minutes integer[] not null default '{480,240,60,15,15}',
  add column sla_resolve_minutes integer[] not null default '{4320,1440,480,120,120}';

alter table configurations
  add constraint configurations_clocks_whole
    check (cardinality(sla_respond_minutes) = 5 and cardinality(sla_resolve_minutes) = 5) not valid;
