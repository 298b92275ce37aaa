-- reading_before_at 1.0: its value at each instant of an event, once
-- Time of the reading before this one
-- Owner: data-team
-- Dialect: bigquery. Digest of the meaning: 03107d1460657a4eb85a4185e40c064e9096c5532f6735a235be5f31eb8a6e03
CREATE OR REPLACE TABLE feature_reading_before_at AS
WITH pump_telemetry_events AS (
  SELECT pump_id, UNIX_MICROS(event_time) AS seen_us
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
reading_before_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
),
reading_before_at_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN reading_before_at_series
    ON reading_before_at_series.pump_id = spine.pump_id
    AND seen_us >= event_us - 604800000000
    AND seen_us < event_us
),
reading_before_at_rows_2 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC) AS newest
  FROM reading_before_at_rows
),
reading_before_at_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM reading_before_at_rows_2
  GROUP BY pump_id, event_us
),
reading_before_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM reading_before_at_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, TIMESTAMP_MICROS(value) AS reading_before_at
FROM reading_before_at;
