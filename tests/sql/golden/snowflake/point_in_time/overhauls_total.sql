-- overhauls_total 1.0: its value as of each row of `observations`
-- Overhauls since the log began
-- Owner: maintenance-team
-- Dialect: snowflake. Digest of the meaning: 00a3e2bc079a5ccfec3f6cdac55293fad38a983847b1ac12739e137c09482d63
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT pump_id, DATE_PART(EPOCH_MICROSECOND, done_at) AS seen_us, action
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
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
SELECT observations.*, overhauls_total.value AS overhauls_total
FROM observations
LEFT JOIN overhauls_total
  ON overhauls_total.pump_id = observations.pump_id
  AND overhauls_total.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);
