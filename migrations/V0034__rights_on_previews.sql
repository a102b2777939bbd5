-- What an entry or a snooze would have done, and has done.
grant select on assessments, transactions to telltale_admin;
