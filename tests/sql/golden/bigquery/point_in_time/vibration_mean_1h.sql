-- vibration_mean_1h 1.0: its value as of each row of `observations`
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: bigquery. Digest of the meaning: bd170fd1117762dd000e32d1a0f036d8dc318cd12645e29411d613a1be6bca19
WITH spine AS (
  SELECT DISTINCT pump_id, UNIX_MICROS(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    mode,
    CASE WHEN NOT (IS_INF(vibration_mm_s) OR IS_NAN(vibration_mm_s)) THEN vibration_mm_s + 0.0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
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
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_mean_1h_result
)
SELECT observations.*, vibration_mean_1h.value AS vibration_mean_1h
FROM observations
LEFT JOIN vibration_mean_1h
  ON vibration_mean_1h.pump_id = observations.pump_id
  AND vibration_mean_1h.event_us = UNIX_MICROS(observations.event_time);
