-- days_since_overhaul 1.0: its value as of each row of `observations`
-- Days since the last overhaul
-- Owner: maintenance-team
-- Dialect: bigquery. Digest of the meaning: 883d1426644e12f41f5d0f79120492370b156cf8b515747314cee9a76abd993a
WITH spine AS (
  SELECT DISTINCT pump_id, UNIX_MICROS(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT pump_id, UNIX_MICROS(done_at) AS seen_us, action
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
),
days_since_overhaul_inputs AS (
  SELECT spine.*, last_overhaul_at.value AS last_overhaul_at
  FROM spine
  LEFT JOIN last_overhaul_at
    ON last_overhaul_at.pump_id = spine.pump_id
    AND last_overhaul_at.event_us = spine.event_us
),
days_since_overhaul_steps AS (
  SELECT
    *,
    SAFE_DIVIDE(CAST(SAFE_SUBTRACT(event_us, last_overhaul_at) AS FLOAT64) / 1000000.0, 86400.0) AS step_1
  FROM days_since_overhaul_inputs
),
days_since_overhaul AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM days_since_overhaul_steps
)
SELECT observations.*, days_since_overhaul.value AS days_since_overhaul
FROM observations
LEFT JOIN days_since_overhaul
  ON days_since_overhaul.pump_id = observations.pump_id
  AND days_since_overhaul.event_us = UNIX_MICROS(observations.event_time);
