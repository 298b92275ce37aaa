-- readings_1h 1.0: its value at each instant of an event, once
-- How many readings arrived with a time in the last hour
-- Owner: data-team
-- Dialect: duckdb. Digest of the meaning: c3d4d5d00ee6d34f3bd28c1fa0b01262177bc677e47c25a72503bb9ddf419e12
CREATE OR REPLACE TABLE feature_readings_1h AS
WITH pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
readings_1h_series AS (
  SELECT pump_id, seen_us
  FROM pump_telemetry_events
),
readings_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM readings_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
readings_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM readings_1h_points
),
readings_1h_window AS (
  SELECT pump_id, event_us, n
  FROM readings_1h_frames
  WHERE is_asked
),
readings_1h AS (
  SELECT pump_id, event_us, n AS value
  FROM readings_1h_window
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS readings_1h
FROM readings_1h;
