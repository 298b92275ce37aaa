-- last_action 1.0: its value as of each row of `observations`
-- What was done to the pump last
-- Owner: maintenance-team
-- Dialect: snowflake. Digest of the meaning: 959dfb1bddd64fbf51da578c2c54929b316c29ded141b258ee06d661cb434420
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT pump_id, DATE_PART(EPOCH_MICROSECOND, done_at) AS seen_us, action, arrival_file, arrival_row
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
last_action_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, action AS value
  FROM maintenance_log_events
),
last_action_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM last_action_series
  WHERE value IS NOT NULL
),
last_action_latest AS (
  SELECT pump_id, seen_us, value
  FROM last_action_places
  WHERE place = 1
),
last_action_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM last_action_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
last_action_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM last_action_points
),
last_action_window AS (
  SELECT pump_id, event_us, latest
  FROM last_action_frames
  WHERE is_asked
),
last_action AS (
  SELECT pump_id, event_us, latest AS value
  FROM last_action_window
)
SELECT observations.*, last_action.value AS last_action
FROM observations
LEFT JOIN last_action
  ON last_action.pump_id = observations.pump_id
  AND last_action.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);
