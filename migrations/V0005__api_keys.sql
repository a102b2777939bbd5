-- Keys are shown once and stored as SHA-256 of their secret, which is 32 random bytes.
create table api_keys (
  id text not null,
  secret_hash bytea not null,
  name text not null,
  role text not null,
  sources text[],
  rate_limit_requests bigint,
  is_unlimited boolean not null default false,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_hash_length check (length(secret_hash) = 32),
  constraint api_keys_role_known check (role in ('ingest', 'analyst', 'supervisor', 'admin', 'demo')),
  constraint api_keys_limit_positive check (rate_limit_requests > 0)
);

-- Requests in the current window, by key or address. Unlogged: after a crash everybody starts afresh.
create unlogged table rate_counters (
  subject text not null,
  window_started_at timestamptz not null,
  n_requests bigint not null,
  constraint rate_counters_pkey primary key (subject)
) with (fillfactor = 50);

grant select, insert, update on api_keys to telltale_app;
grant select, insert, update, delete on rate_counters to telltale_app;
