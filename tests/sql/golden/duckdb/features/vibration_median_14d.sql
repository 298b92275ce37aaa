-- vibration_median_14d 1.0: its value at each instant of an event, once
-- Median vibration velocity of the last fourteen days, in mm/s
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 71640586da1126298f6ecf5e401460069e2df249159b2128d507216a4a9572be
CREATE OR REPLACE TABLE feature_vibration_median_14d AS
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
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_median_14d_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_median_14d_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.5e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1209599999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_median_14d_points
),
vibration_median_14d_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_median_14d_frames
  WHERE is_asked
),
vibration_median_14d_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_median_14d_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS vibration_median_14d
FROM vibration_median_14d;
