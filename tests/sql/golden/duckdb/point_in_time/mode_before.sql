-- mode_before 1.0: its value as of each row of `observations`
-- Mode of the reading before this one, if there was one within half an hour
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97
WITH spine AS (
  SELECT DISTINCT pump_id, epoch_us(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us, mode, arrival_file, arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
mode_before_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, mode AS value
  FROM pump_telemetry_events
),
mode_before_rows AS (
  SELECT spine.pump_id, event_us, seen_us, arrival_file, arrival_row, value
  FROM spine
  LEFT JOIN mode_before_series
    ON mode_before_series.pump_id = spine.pump_id
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
SELECT observations.*, mode_before.value AS mode_before
FROM observations
LEFT JOIN mode_before
  ON mode_before.pump_id = observations.pump_id
  AND mode_before.event_us = epoch_us(observations.event_time);
