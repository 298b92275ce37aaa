-- The sources' files as views; run it in the folder that their paths are relative to.

CREATE OR REPLACE VIEW pump_telemetry AS
SELECT
  pump_id,
  make_timestamp(epoch_us(event_time)) AS event_time,
  CAST(output_flow_rate AS DOUBLE) AS output_flow_rate,
  CAST(input_power_kw AS DOUBLE) AS input_power_kw,
  CAST(discharge_pressure_bar AS DOUBLE) AS discharge_pressure_bar,
  CAST(vibration_mm_s AS DOUBLE) AS vibration_mm_s,
  CAST(bearing_temperature_c AS DOUBLE) AS bearing_temperature_c,
  CAST(mode AS VARCHAR) AS mode,
  filename AS arrival_file,
  file_row_number AS arrival_row
FROM read_parquet('data/telemetry/**/*.parquet', filename = true, file_row_number = true, hive_partitioning = false);

CREATE OR REPLACE VIEW maintenance_log AS
SELECT
  pump_id,
  make_timestamp(epoch_us(done_at)) AS done_at,
  CAST(action AS VARCHAR) AS action,
  CAST(cost_eur AS DOUBLE) AS cost_eur,
  filename AS arrival_file,
  row_number() OVER () AS arrival_row
FROM read_csv('data/maintenance.csv', header = true, filename = true, hive_partitioning = false,
    types = {'done_at': 'TIMESTAMP', 'action': 'VARCHAR', 'cost_eur': 'DOUBLE'});

CREATE OR REPLACE VIEW pump_house_air AS
SELECT
  pump_id,
  make_timestamp(epoch_us(measured_at)) AS measured_at,
  CAST(air_temperature_c AS DOUBLE) AS air_temperature_c,
  filename AS arrival_file,
  row_number() OVER () AS arrival_row
FROM read_json('data/air/**/*.ndjson*', format = 'newline_delimited', filename = true, hive_partitioning = false,
    columns = {'measured_at': 'TIMESTAMP', 'air_temperature_c': 'DOUBLE', 'pump_id': 'VARCHAR'});
