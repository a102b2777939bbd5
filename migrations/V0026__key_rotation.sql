-- A key may have two secrets at once: the newest, and the one before it until it ends. The generation counts them, so
-- that a session names the secret it was made from without holding anything of it.
alter table api_keys
  add column generation bigint not null default 1,
  add column previous_secret_hash bytea,
  add column previous_ends_at timestamptz;

alter table api_keys
  add constraint api_keys_generation_from_one check (generation >= 1) not valid,
  add constraint api_keys_previous_hash_length check (length(previous_secret_hash) = 32) not valid,
  add constraint api_keys_previous_ends
    check ((previous_secret_hash is null) = (previous_ends_at is null)) not valid;

-- Newest made first, as they are listed.
create index api_keys_newest on api_keys (created_at desc, id desc);

-- What a key is and may do never changes: only its secrets, and when it was revoked.
grant insert on api_keys to telltale_admin;
grant update (secret_hash, generation, previous_secret_hash, previous_ends_at, revoked_at) on api_keys
to telltale_admin;
