-- Versioned artifacts: population baselines and forests. Immutable; a champion is named in active_versions.
create table models (
  id uuid not null,
  kind text not null,
  artifact bytea not null,
  artifact_sha256 bytea not null,
  feature_schema_id smallint not null,
  n_rows bigint not null,
  data_from timestamptz not null,
  data_to timestamptz not null,
  as_of timestamptz not null,
  seed bigint not null,
  created_at timestamptz not null,
  constraint models_pkey primary key (id),
  constraint models_kind_known check (kind in ('population_baseline', 'isolation_forest')),
  constraint models_hash_length check (length(artifact_sha256) = 32)
);

create index models_kind_id on models (kind, id);

create trigger models_append_only
before update or delete on models
for each row execute function refuse_change();

-- One row: what each request learns in its first change of direction.
create table active_versions (
  is_only_row boolean not null default true,
  configuration_version bigint,
  baseline_id uuid,
  model_id uuid,
  constraint active_versions_pkey primary key (is_only_row),
  constraint active_versions_one_row check (is_only_row),
  constraint active_versions_configuration foreign key (configuration_version) references configurations (version),
  constraint active_versions_baseline foreign key (baseline_id) references models (id),
  constraint active_versions_model foreign key (model_id) references models (id)
);

insert into active_versions (is_only_row) values (true);

grant select, insert on models to telltale_app;
grant select, update on active_versions to telltale_app;
