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
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS last_action
FROM last_action;
