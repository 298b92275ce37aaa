-- last_action 1.0: its value at each instant of an event, once
-- What was done to the pump last
-- Owner: maintenance-team
-- Dialect: duckdb. Digest of the meaning: 959dfb1bddd64fbf51da578c2c54929b316c29ded141b258ee06d661cb434420
CREATE OR REPLACE TABLE feature_last_action AS
WITH maintenance_log_events AS (
  SELECT pump_id, epoch_us(done_at) AS seen_us, action, arrival_file, arrival_row
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM maintenance_log_events
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
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS last_action
FROM last_action;
