-- last_overhaul_at 1.0: its value as of each row of `observations`
-- When the pump was last overhauled
-- Owner: maintenance-team
-- Dialect: duckdb. Digest of the meaning: d8808d445ba751f3fd2ba521f40ee2b382c1cbf26287aa6c4b25db5d0d0e5b40
WITH spine AS (
  SELECT DISTINCT pump_id, epoch_us(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT pump_id, epoch_us(done_at) AS seen_us, action
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
last_overhaul_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM maintenance_log_events
  WHERE action = 'overhaul'
),
last_overhaul_at_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM last_overhaul_at_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
last_overhaul_at_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM last_overhaul_at_points
),
last_overhaul_at_window AS (
  SELECT pump_id, event_us, latest
  FROM last_overhaul_at_frames
  WHERE is_asked
),
last_overhaul_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM last_overhaul_at_window
)
SELECT observations.*, make_timestamp(last_overhaul_at.value) AS last_overhaul_at
FROM observations
LEFT JOIN last_overhaul_at
  ON last_overhaul_at.pump_id = observations.pump_id
  AND last_overhaul_at.event_us = epoch_us(observations.event_time);
