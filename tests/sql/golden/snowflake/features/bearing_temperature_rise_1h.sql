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
air_temperature_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM air_temperature_series
  WHERE value IS NOT NULL
),
air_temperature_latest AS (
  SELECT pump_id, seen_us, value
  FROM air_temperature_places
  WHERE place = 1
),
air_temperature_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM air_temperature_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
air_temperature_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM air_temperature_points
),
air_temperature_window AS (
  SELECT pump_id, event_us, latest
  FROM air_temperature_frames
  WHERE is_asked
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
bearing_temperature_rise_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM bearing_temperature_rise_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
bearing_temperature_rise_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM bearing_temperature_rise_1h_points
),
bearing_temperature_rise_1h_window AS (
  SELECT pump_id, event_us, total, n
  FROM bearing_temperature_rise_1h_frames
  WHERE is_asked
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
