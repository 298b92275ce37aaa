-- vibration_mean_1h 1.0: its value at each instant of an event, once
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: bd170fd1117762dd000e32d1a0f036d8dc318cd12645e29411d613a1be6bca19
CREATE OR REPLACE TABLE feature_vibration_mean_1h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    mode,
    CASE WHEN vibration_mm_s BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_mean_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_mean_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_mean_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_mean_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM vibration_mean_1h_points
),
vibration_mean_1h_window AS (
  SELECT pump_id, event_us, total, n
  FROM vibration_mean_1h_frames
  WHERE is_asked
),
vibration_mean_1h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM vibration_mean_1h_window
),
vibration_mean_1h AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM vibration_mean_1h_result
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS vibration_mean_1h
FROM vibration_mean_1h;
