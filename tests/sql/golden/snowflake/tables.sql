-- The tables that the statements read. Instants are in UTC.

CREATE TABLE IF NOT EXISTS pump_telemetry (
  pump_id VARCHAR,
  event_time TIMESTAMP_NTZ(6),
  output_flow_rate FLOAT,
  input_power_kw FLOAT,
  discharge_pressure_bar FLOAT,
  vibration_mm_s FLOAT,
  bearing_temperature_c FLOAT,
  mode VARCHAR,
  arrival_file VARCHAR,
  arrival_row NUMBER(38, 0)
)
CLUSTER BY (TO_DATE(event_time), pump_id);

CREATE TABLE IF NOT EXISTS maintenance_log (
  pump_id VARCHAR,
  done_at TIMESTAMP_NTZ(6),
  action VARCHAR,
  cost_eur FLOAT,
  job_id VARCHAR,
  arrival_file VARCHAR,
  arrival_row NUMBER(38, 0)
)
CLUSTER BY (TO_DATE(done_at), pump_id);

CREATE TABLE IF NOT EXISTS pump_house_air (
  pump_id VARCHAR,
  measured_at TIMESTAMP_NTZ(6),
  air_temperature_c FLOAT,
  arrival_file VARCHAR,
  arrival_row NUMBER(38, 0)
)
CLUSTER BY (TO_DATE(measured_at), pump_id);
