-- The tables that the statements read. Instants are in UTC.

CREATE TABLE IF NOT EXISTS pump_telemetry (
  pump_id STRING,
  event_time TIMESTAMP,
  output_flow_rate FLOAT64,
  input_power_kw FLOAT64,
  discharge_pressure_bar FLOAT64,
  vibration_mm_s FLOAT64,
  bearing_temperature_c FLOAT64,
  mode STRING
)
PARTITION BY DATE(event_time)
CLUSTER BY pump_id;

CREATE TABLE IF NOT EXISTS maintenance_log (
  pump_id STRING,
  done_at TIMESTAMP,
  action STRING,
  cost_eur FLOAT64,
  job_id STRING
)
PARTITION BY DATE(done_at)
CLUSTER BY pump_id;

CREATE TABLE IF NOT EXISTS pump_house_air (
  pump_id STRING,
  measured_at TIMESTAMP,
  air_temperature_c FLOAT64
)
PARTITION BY DATE(measured_at)
CLUSTER BY pump_id;
