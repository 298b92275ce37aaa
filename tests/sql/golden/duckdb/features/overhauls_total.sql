-- overhauls_total 1.0: its value at each instant of an event, once
-- Overhauls since the log began
-- Owner: maintenance-team
-- Dialect: duckdb. Digest of the meaning: 00a3e2bc079a5ccfec3f6cdac55293fad38a983847b1ac12739e137c09482d63
CREATE OR REPLACE TABLE feature_overhauls_total AS
WITH maintenance_log_events AS (
  SELECT pump_id, epoch_us(done_at) AS seen_us, action
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM maintenance_log_events
),
overhauls_total_series AS (
  SELECT pump_id, seen_us
  FROM maintenance_log_events
  WHERE action = 'overhaul'
),
overhauls_total_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM overhauls_total_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
overhauls_total_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n
  FROM overhauls_total_points
),
overhauls_total_window AS (
  SELECT pump_id, event_us, n
  FROM overhauls_total_frames
  WHERE is_asked
),
overhauls_total AS (
  SELECT pump_id, event_us, n AS value
  FROM overhauls_total_window
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS overhauls_total
FROM overhauls_total;
