-- What the next alert of the queue is chosen from: of each severity those of the highest score, and the oldest.
create index alerts_waiting_by_score
on alerts (severity, (0.30 * risk_score + 0.15 * least(n_confirmed_before / 2.0, 1)) desc)
where status = 'active';

create index alerts_waiting_by_age on alerts (severity, created_at) where status = 'active';
