-- What a client's Idempotency-Key stood for, for a day. Taken in the SQL transaction of the change it is for, so that the
-- change is made once; the answer is kept after it. Without a taken change (ingestion knows its own keys) only the
-- request's fingerprint is kept, so that another request under the key is refused.
create table idempotency_keys (
  -- SHA-256 of what the caller showed: nobody is given another's answer.
  scope bytea not null,
  idempotency_key text not null,
  -- SHA-256 of method, path and body.
  fingerprint bytea not null,
  -- Of a taken key, what the first request was admitted to: its answer is given again only to who still may.
  permission text,
  status smallint,
  etag text,
  answer bytea,
  created_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (scope, idempotency_key),
  constraint idempotency_keys_hash_lengths check (length(scope) = 32 and length(fingerprint) = 32),
  constraint idempotency_keys_answer_is_whole check ((status is null) = (answer is null)),
  constraint idempotency_keys_answer_is_of_a_change check (answer is null or permission is not null)
);

create index idempotency_keys_created_at on idempotency_keys (created_at);

grant select, insert, update, delete on idempotency_keys to telltale_app;
grant select, insert, update on idempotency_keys to telltale_ingest, telltale_investigations, telltale_admin;
grant select (scope, idempotency_key, created_at), delete on idempotency_keys to telltale_retrain;
