-- last_overhaul_at 1.0: its value at each instant of an event, once
-- When the pump was last overhauled
-- Owner: maintenance-team
-- Dialect: bigquery. Digest of the meaning: d8808d445ba751f3fd2ba521f40ee2b382c1cbf26287aa6c4b25db5d0d0e5b40
CREATE OR REPLACE TABLE feature_last_overhaul_at AS
WITH maintenance_log_events AS (
  SELECT pump_id, UNIX_MICROS(done_at) AS seen_us, action
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM maintenance_log_events
),
last_overhaul_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM maintenance_log_events
  WHERE action = 'overhaul'
),
last_overhaul_at_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN last_overhaul_at_series
    ON last_overhaul_at_series.pump_id = spine.pump_id
    AND seen_us <= event_us
),
last_overhaul_at_rows_2 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC) AS newest
  FROM last_overhaul_at_rows
),
last_overhaul_at_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM last_overhaul_at_rows_2
  GROUP BY pump_id, event_us
),
last_overhaul_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM last_overhaul_at_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, TIMESTAMP_MICROS(value) AS last_overhaul_at
FROM last_overhaul_at;
