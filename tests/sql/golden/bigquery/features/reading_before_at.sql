-- reading_before_at 1.0: its value at each instant of an event, once
-- Time of the reading before this one
-- Owner: data-team
-- Dialect: bigquery. Digest of the meaning: 03107d1460657a4eb85a4185e40c064e9096c5532f6735a235be5f31eb8a6e03
CREATE OR REPLACE TABLE feature_reading_before_at AS
WITH pump_telemetry_events AS (
  SELECT pump_id, UNIX_MICROS(event_time) AS seen_us
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
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
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, TIMESTAMP_MICROS(value) AS reading_before_at
FROM reading_before_at;
