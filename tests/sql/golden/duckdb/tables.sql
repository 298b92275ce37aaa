-- The tables that the statements read. Instants are in UTC.

CREATE TABLE IF NOT EXISTS pump_telemetry (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  output_flow_rate DOUBLE,
  input_power_kw DOUBLE,
  discharge_pressure_bar DOUBLE,
  vibration_mm_s DOUBLE,
  bearing_temperature_c DOUBLE,
  mode VARCHAR,
  arrival_file VARCHAR,
  arrival_row BIGINT
);

CREATE TABLE IF NOT EXISTS maintenance_log (
  pump_id VARCHAR,
  done_at TIMESTAMP,
  action VARCHAR,
  cost_eur DOUBLE,
  job_id VARCHAR,
  arrival_file VARCHAR,
  arrival_row BIGINT
);

CREATE TABLE IF NOT EXISTS pump_house_air (
  pump_id VARCHAR,
  measured_at TIMESTAMP,
  air_temperature_c DOUBLE,
  arrival_file VARCHAR,
  arrival_row BIGINT
);
