-- Loads the sources' files into the tables of tables.sql.

-- Times without an offset are UTC.
ALTER SESSION SET TIMEZONE = 'UTC';

-- Files of data/telemetry go into the stage, for instance with PUT; order of columns in CSV files is as below.
CREATE STAGE IF NOT EXISTS pump_telemetry_files FILE_FORMAT = (TYPE = PARQUET);
COPY INTO pump_telemetry (pump_id, event_time, output_flow_rate, input_power_kw, discharge_pressure_bar, vibration_mm_s, bearing_temperature_c, mode, arrival_file, arrival_row)
FROM (
  SELECT $1:"pump_id"::VARCHAR, CONVERT_TIMEZONE('UTC', $1:"event_time"::TIMESTAMP_TZ)::TIMESTAMP_NTZ(6), $1:"output_flow_rate"::FLOAT, $1:"input_power_kw"::FLOAT, $1:"discharge_pressure_bar"::FLOAT, $1:"vibration_mm_s"::FLOAT, $1:"bearing_temperature_c"::FLOAT, $1:"mode"::VARCHAR, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER
  FROM @pump_telemetry_files
);

-- Files of data/maintenance.csv go into the stage, for instance with PUT; order of columns in CSV files is as below.
CREATE STAGE IF NOT EXISTS maintenance_log_files FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '"');
COPY INTO maintenance_log (pump_id, done_at, action, cost_eur, job_id, arrival_file, arrival_row)
FROM (
  SELECT $1::VARCHAR, CONVERT_TIMEZONE('UTC', $2::TIMESTAMP_TZ)::TIMESTAMP_NTZ(6), $3::VARCHAR, $4::FLOAT, $5::VARCHAR, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER
  FROM @maintenance_log_files
);

-- Files of data/air go into the stage, for instance with PUT; order of columns in CSV files is as below.
CREATE STAGE IF NOT EXISTS pump_house_air_files FILE_FORMAT = (TYPE = JSON);
COPY INTO pump_house_air (pump_id, measured_at, air_temperature_c, arrival_file, arrival_row)
FROM (
  SELECT $1:"pump_id"::VARCHAR, CONVERT_TIMEZONE('UTC', $1:"measured_at"::TIMESTAMP_TZ)::TIMESTAMP_NTZ(6), $1:"air_temperature_c"::FLOAT, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER
  FROM @pump_house_air_files
);
