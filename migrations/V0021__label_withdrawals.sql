-- Labels of a decision that was undone. The label stays; it counts no more, as if it had never been recorded.
create table label_withdrawals (
  label_id uuid not null,
  withdrawn_at timestamptz not null,
  actor text not null,
  request_id text not null,
  constraint label_withdrawals_pkey primary key (label_id),
  constraint label_withdrawals_label foreign key (label_id) references labels (id)
);

create trigger label_withdrawals_append_only
before update or delete on label_withdrawals
for each row execute function refuse_change();

grant select, insert on label_withdrawals to telltale_app;
grant select, insert on label_withdrawals to telltale_investigations;
grant select on label_withdrawals to telltale_alerts;
grant select (label_id) on label_withdrawals to telltale_retrain;

-- Whose transaction a label is about: what is known of a party is told again from all of its labels when one is withdrawn.
-- Filled by the trigger, so that an older version of the service fills it too.
alter table labels
  add column account_id text,
  add column counterparty_id text;

alter table labels disable trigger labels_append_only;

update labels l
set account_id = t.account_id, counterparty_id = t.counterparty_id
from transactions t
where t.id = l.transaction_id;

alter table labels enable trigger labels_append_only;

create function name_parties() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
  select t.account_id, t.counterparty_id
  into new.account_id, new.counterparty_id
  from transactions t
  where t.id = new.transaction_id;
  return new;
end
$$;

create trigger labels_name_parties
before insert on labels
for each row execute function name_parties();

create index labels_account on labels (account_id);
create index labels_counterparty on labels (counterparty_id);
