-- longest_silence_24h 1.0: its value at each instant of an event, once
-- Longest time without a reading that ended within 24 hours, in minutes
-- Owner: data-team
-- Dialect: bigquery. Digest of the meaning: 15107f1379c23f3bac723bc88456ef462786c74a7363b19e0abf9fba87a79ec1
CREATE OR REPLACE TABLE feature_longest_silence_24h AS
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
reading_before_at_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM reading_before_at_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
reading_before_at_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM reading_before_at_points
),
reading_before_at_window AS (
  SELECT pump_id, event_us, latest
  FROM reading_before_at_frames
  WHERE is_asked
),
reading_before_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM reading_before_at_window
),
longest_silence_24h_inputs AS (
  SELECT pump_telemetry_events.*, reading_before_at.value AS reading_before_at
  FROM pump_telemetry_events
  LEFT JOIN reading_before_at
    ON reading_before_at.pump_id = pump_telemetry_events.pump_id
    AND reading_before_at.event_us = pump_telemetry_events.seen_us
),
longest_silence_24h_steps AS (
  SELECT
    *,
    SAFE_DIVIDE(CAST(SAFE_SUBTRACT(seen_us, reading_before_at) AS FLOAT64) / 1000000.0, 60.0) AS step_1
  FROM longest_silence_24h_inputs
),
longest_silence_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM longest_silence_24h_steps
),
longest_silence_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM longest_silence_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
longest_silence_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    MAX(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS high
  FROM longest_silence_24h_points
),
longest_silence_24h_window AS (
  SELECT pump_id, event_us, high
  FROM longest_silence_24h_frames
  WHERE is_asked
),
longest_silence_24h AS (
  SELECT pump_id, event_us, high AS value
  FROM longest_silence_24h_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS longest_silence_24h
FROM longest_silence_24h;
