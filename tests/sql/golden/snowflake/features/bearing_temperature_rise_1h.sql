-- bearing_temperature_rise_1h 1.1: its value at each instant of an event, once
-- How much warmer the bearing is than the air around it, mean of an hour of running, in kelvin
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: a9d993be1c1d4158cf7875772f6701b426b39511c156110ca529e77789e84619
CREATE OR REPLACE TABLE feature_bearing_temperature_rise_1h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN bearing_temperature_c BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN bearing_temperature_c + 0 END AS bearing_temperature_c,
    mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
pump_house_air_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, measured_at) AS seen_us,
    CASE WHEN air_temperature_c BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN air_temperature_c + 0 END AS air_temperature_c,
    arrival_file,
    arrival_row
  FROM pump_house_air
  WHERE pump_id IS NOT NULL AND measured_at IS NOT NULL
),
air_temperature_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, air_temperature_c AS value
  FROM pump_house_air_events
),
air_temperature_rows AS (
  SELECT spine.pump_id, event_us, seen_us, arrival_file, arrival_row, value
  FROM spine
  LEFT JOIN air_temperature_series
    ON air_temperature_series.pump_id = spine.pump_id
    AND seen_us <= event_us
),
air_temperature_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC, arrival_file DESC, arrival_row DESC) AS newest
  FROM air_temperature_rows
),
air_temperature_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM air_temperature_rows_2
  GROUP BY pump_id, event_us
),
air_temperature AS (
  SELECT pump_id, event_us, latest AS value
  FROM air_temperature_window
),
bearing_temperature_rise_1h_inputs AS (
  SELECT pump_telemetry_events.*, air_temperature.value AS air_temperature
  FROM pump_telemetry_events
  LEFT JOIN air_temperature
    ON air_temperature.pump_id = pump_telemetry_events.pump_id
    AND air_temperature.event_us = pump_telemetry_events.seen_us
),
bearing_temperature_rise_1h_steps AS (
  SELECT *, bearing_temperature_c - air_temperature AS step_1
  FROM bearing_temperature_rise_1h_inputs
),
bearing_temperature_rise_1h_series AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM bearing_temperature_rise_1h_steps
  WHERE mode = 'run'
),
bearing_temperature_rise_1h_window AS (
  SELECT spine.pump_id, event_us, SUM(value) AS total, COUNT(value) AS n
  FROM spine
  LEFT JOIN bearing_temperature_rise_1h_series
    ON bearing_temperature_rise_1h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 3600000000
    AND seen_us <= event_us
  GROUP BY spine.pump_id, event_us
),
bearing_temperature_rise_1h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM bearing_temperature_rise_1h_window
),
bearing_temperature_rise_1h AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM bearing_temperature_rise_1h_result
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS bearing_temperature_rise_1h
FROM bearing_temperature_rise_1h;
