-- mode_before 1.0: its value at each instant of an event, once
-- Mode of the reading before this one, if there was one within half an hour
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97
CREATE OR REPLACE TABLE feature_mode_before
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
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS mode_before
FROM mode_before;
