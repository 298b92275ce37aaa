-- starts_24h 1.0: its value at each instant of an event, once
-- How often the pump was started in 24 hours
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: f77f8b5acad9b454affc9fb6226f8826d0da7ab2e5f460ff2d7142476f38cf92
CREATE OR REPLACE TABLE feature_starts_24h
CLUSTER BY (TO_DATE(event_time), pump_id)
AS
WITH pump_telemetry_events AS (
  SELECT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us, mode, arrival_file, arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mode_before_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, mode AS value
  FROM pump_telemetry_events
),
mode_before_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 1800000000) + 1800000000, 1800000000) AS near_us
  FROM mode_before_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 1800000000) + 1800000000, 1800000000) + 1800000000
  FROM mode_before_series
),
mode_before_rows AS (
  SELECT spine.pump_id, event_us, seen_us, arrival_file, arrival_row, value
  FROM spine
  LEFT JOIN mode_before_near
    ON mode_before_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 1800000000) + 1800000000, 1800000000)
    AND seen_us >= event_us - 1800000000
    AND seen_us < event_us
),
mode_before_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC, arrival_file DESC, arrival_row DESC) AS newest
  FROM mode_before_rows
),
mode_before_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM mode_before_rows_2
  GROUP BY pump_id, event_us
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
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS starts_24h
FROM starts_24h;
