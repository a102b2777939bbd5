-- Apart from the column's migration, so that reading the rows holds no lock that ingestion waits for.
alter table configurations validate constraint configurations_clocks_whole;
