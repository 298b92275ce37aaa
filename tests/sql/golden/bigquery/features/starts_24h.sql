-- starts_24h 1.0: its value at each instant of an event, once
-- How often the pump was started in 24 hours
-- Owner: operations-team
-- Dialect: bigquery. Digest of the meaning: f77f8b5acad9b454affc9fb6226f8826d0da7ab2e5f460ff2d7142476f38cf92
CREATE OR REPLACE TABLE feature_starts_24h
PARTITION BY DATE(event_time)
CLUSTER BY pump_id
AS
WITH pump_telemetry_events AS (
  SELECT pump_id, UNIX_MICROS(event_time) AS seen_us, mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mode_before_series AS (
  SELECT pump_id, seen_us, mode AS value
  FROM pump_telemetry_events
),
mode_before_settled AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN COALESCE(MIN(value) OVER (PARTITION BY pump_id, seen_us) = MAX(value) OVER (PARTITION BY pump_id, seen_us), TRUE) THEN value ELSE ERROR('mode_before: events of pump_telemetry of one key and time have different values, and nothing says which came last: give the source an arrival column, or leave the feature out') END AS value
  FROM mode_before_series
),
mode_before_events AS (
  SELECT *, value AS closing
  FROM mode_before_settled
),
mode_before_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, closing, FALSE AS is_asked
  FROM mode_before_events
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
mode_before_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(closing IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM mode_before_points
),
mode_before_window AS (
  SELECT pump_id, event_us, latest
  FROM mode_before_frames
  WHERE is_asked
),
mode_before AS (
  SELECT pump_id, event_us, COALESCE(latest, 'unknown') AS value
  FROM mode_before_window
),
starts_24h_inputs AS (
  SELECT pump_telemetry_events.*, mode_before.value AS mode_before
  FROM pump_telemetry_events
  LEFT JOIN mode_before
    ON mode_before.pump_id = pump_telemetry_events.pump_id
    AND mode_before.event_us = pump_telemetry_events.seen_us
),
starts_24h_series AS (
  SELECT pump_id, seen_us
  FROM starts_24h_inputs
  WHERE (mode = 'run') AND (mode_before = 'idle')
),
starts_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM starts_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
starts_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM starts_24h_points
),
starts_24h_window AS (
  SELECT pump_id, event_us, n
  FROM starts_24h_frames
  WHERE is_asked
),
starts_24h AS (
  SELECT pump_id, event_us, n AS value
  FROM starts_24h_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS starts_24h
FROM starts_24h;
