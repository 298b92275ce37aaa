-- vibration_max_1h 1.0: its value at each instant of an event, once
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: bigquery. Digest of the meaning: 4c42aa642568fcfbcc939a1e28171144822fb9dc26810c3929650b6969e406a7
CREATE OR REPLACE TABLE feature_vibration_max_1h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    mode,
    CASE WHEN NOT (IS_INF(vibration_mm_s) OR IS_NAN(vibration_mm_s)) THEN vibration_mm_s + 0.0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_max_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_max_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_max_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_max_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    MAX(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS high
  FROM vibration_max_1h_points
),
vibration_max_1h_window AS (
  SELECT pump_id, event_us, high
  FROM vibration_max_1h_frames
  WHERE is_asked
),
vibration_max_1h AS (
  SELECT pump_id, event_us, high AS value
  FROM vibration_max_1h_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS vibration_max_1h
FROM vibration_max_1h;
