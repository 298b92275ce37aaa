-- reading_before_at 1.0: its value as of each row of `observations`
-- Time of the reading before this one
-- Owner: data-team
-- Dialect: duckdb. Digest of the meaning: 03107d1460657a4eb85a4185e40c064e9096c5532f6735a235be5f31eb8a6e03
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
reading_before_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
),
reading_before_at_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM reading_before_at_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
reading_before_at_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM reading_before_at_points
),
reading_before_at_window AS (
  SELECT pump_id, event_us, latest
  FROM reading_before_at_frames
  WHERE is_asked
),
reading_before_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM reading_before_at_window
)
SELECT observations.*, make_timestamp(reading_before_at.value) AS reading_before_at
FROM observations
LEFT JOIN reading_before_at
  ON reading_before_at.pump_id = observations.pump_id
  AND reading_before_at.event_us = epoch_us(observations.event_time);
