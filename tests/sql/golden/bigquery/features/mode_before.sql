-- mode_before 1.0: its value at each instant of an event, once
-- Mode of the reading before this one, if there was one within half an hour
-- Owner: operations-team
-- Dialect: bigquery. Digest of the meaning: aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97
CREATE OR REPLACE TABLE feature_mode_before
PARTITION BY DATE(event_time)
CLUSTER BY pump_id
AS
WITH pump_telemetry_events AS (
  SELECT pump_id, UNIX_MICROS(event_time) AS seen_us, mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mode_before_series AS (
  SELECT pump_id, seen_us, mode AS value
  FROM pump_telemetry_events
),
mode_before_settled AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN COALESCE(MIN(value) OVER (PARTITION BY pump_id, seen_us) = MAX(value) OVER (PARTITION BY pump_id, seen_us), TRUE) THEN value ELSE ERROR('mode_before: events of pump_telemetry of one key and time have different values, and nothing says which came last: give the source an arrival column, or leave the feature out') END AS value
  FROM mode_before_series
),
mode_before_events AS (
  SELECT *, value AS closing
  FROM mode_before_settled
),
mode_before_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, closing, FALSE AS is_asked
  FROM mode_before_events
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
mode_before_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(closing IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM mode_before_points
),
mode_before_window AS (
  SELECT pump_id, event_us, latest
  FROM mode_before_frames
  WHERE is_asked
),
mode_before AS (
  SELECT pump_id, event_us, COALESCE(latest, 'unknown') AS value
  FROM mode_before_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS mode_before
FROM mode_before;
