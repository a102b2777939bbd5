-- Apart from the migration that adds them, so that reading the rows holds no lock that ingestion waits for.
alter table api_keys validate constraint api_keys_generation_from_one;
alter table api_keys validate constraint api_keys_previous_hash_length;
alter table api_keys validate constraint api_keys_previous_ends;
