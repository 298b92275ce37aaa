-- last_action 1.0: its value as of each row of `observations`
-- What was done to the pump last
-- Owner: maintenance-team
-- Dialect: duckdb. Digest of the meaning: 959dfb1bddd64fbf51da578c2c54929b316c29ded141b258ee06d661cb434420
WITH spine AS (
  SELECT DISTINCT pump_id, epoch_us(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT pump_id, epoch_us(done_at) AS seen_us, action, arrival_file, arrival_row
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
last_action_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, action AS value
  FROM maintenance_log_events
),
last_action_rows AS (
  SELECT spine.pump_id, event_us, seen_us, arrival_file, arrival_row, value
  FROM spine
  LEFT JOIN last_action_series
    ON last_action_series.pump_id = spine.pump_id
    AND seen_us <= event_us
),
last_action_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC, arrival_file DESC, arrival_row DESC) AS newest
  FROM last_action_rows
),
last_action_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM last_action_rows_2
  GROUP BY pump_id, event_us
),
last_action AS (
  SELECT pump_id, event_us, latest AS value
  FROM last_action_window
)
SELECT observations.*, last_action.value AS last_action
FROM observations
LEFT JOIN last_action
  ON last_action.pump_id = observations.pump_id
  AND last_action.event_us = epoch_us(observations.event_time);
