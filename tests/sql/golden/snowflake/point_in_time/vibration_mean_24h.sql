-- vibration_mean_24h 1.0: its value as of each row of `observations`
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: 84872897c97dfca1eda000f1ae7c4df7c8115767555e7f463f6e2c7e917e4272
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    mode,
    CASE WHEN vibration_mm_s BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
vibration_mean_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_mean_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_mean_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_mean_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM vibration_mean_24h_points
),
vibration_mean_24h_window AS (
  SELECT pump_id, event_us, total, n
  FROM vibration_mean_24h_frames
  WHERE is_asked
),
vibration_mean_24h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM vibration_mean_24h_window
),
vibration_mean_24h AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM vibration_mean_24h_result
)
SELECT observations.*, vibration_mean_24h.value AS vibration_mean_24h
FROM observations
LEFT JOIN vibration_mean_24h
  ON vibration_mean_24h.pump_id = observations.pump_id
  AND vibration_mean_24h.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);
