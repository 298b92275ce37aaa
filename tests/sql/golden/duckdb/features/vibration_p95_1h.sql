-- vibration_p95_1h 1.0: its value at each instant of an event, once
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35
CREATE OR REPLACE TABLE feature_vibration_p95_1h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    mode,
    CASE WHEN isfinite(vibration_mm_s) THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_p95_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_p95_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_p95_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.95e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_p95_1h_points
),
vibration_p95_1h_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_p95_1h_frames
  WHERE is_asked
),
vibration_p95_1h_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_p95_1h_window
),
vibration_p95_1h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_p95_1h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS vibration_p95_1h
FROM vibration_p95_1h;
