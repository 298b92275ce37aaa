-- Loads the sources' files into the tables of tables.sql.

-- pump_telemetry is read from data/telemetry, which BigQuery cannot see: copy it to Cloud Storage and load it from there.

-- maintenance_log is read from data/maintenance.csv, which BigQuery cannot see: copy it to Cloud Storage and load it from there.

-- pump_house_air is read from data/air, which BigQuery cannot see: copy it to Cloud Storage and load it from there.
