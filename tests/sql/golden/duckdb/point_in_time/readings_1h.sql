-- readings_1h 1.0: its value as of each row of `observations`
-- How many readings arrived with a time in the last hour
-- Owner: data-team
-- Dialect: duckdb. Digest of the meaning: c3d4d5d00ee6d34f3bd28c1fa0b01262177bc677e47c25a72503bb9ddf419e12
WITH spine AS (
  SELECT DISTINCT pump_id, epoch_us(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
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
SELECT observations.*, readings_1h.value AS readings_1h
FROM observations
LEFT JOIN readings_1h
  ON readings_1h.pump_id = observations.pump_id
  AND readings_1h.event_us = epoch_us(observations.event_time);
