-- Exactly once: the natural key of every transaction. A table of its own, since a unique key on a
-- partitioned table would have to contain the partition key.
create table ingest_keys (
  source text not null,
  external_id text not null,
  content_hash bytea not null,
  transaction_id uuid not null,
  constraint ingest_keys_pkey primary key (source, external_id),
  constraint ingest_keys_hash_length check (length(content_hash) = 32)
);

grant select, insert on ingest_keys to telltale_app;
