-- Few alerts wait at any time, and supervisors look for them among all that are in review. Without figures of the new column
-- the planner takes nearly all for waiting; the next figures of a large table would come weeks later.
create index alerts_awaiting_approval on alerts (resolve_by, id) where proposal is not null;
analyze alerts (proposal);
