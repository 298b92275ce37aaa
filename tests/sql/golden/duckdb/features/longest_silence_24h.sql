-- longest_silence_24h 1.0: its value at each instant of an event, once
-- Longest time without a reading that ended within 24 hours, in minutes
-- Owner: data-team
-- Dialect: duckdb. Digest of the meaning: 15107f1379c23f3bac723bc88456ef462786c74a7363b19e0abf9fba87a79ec1
CREATE OR REPLACE TABLE feature_longest_silence_24h AS
WITH pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us
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
    (CAST(TRY_CAST(CAST(seen_us AS HUGEINT) - reading_before_at AS BIGINT) AS DOUBLE) / 1000000.0e0) / NULLIF(60.0e0, 0) AS step_1
  FROM longest_silence_24h_inputs
),
longest_silence_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM longest_silence_24h_steps
),
longest_silence_24h_window AS (
  SELECT spine.pump_id, event_us, MAX(value) AS high
  FROM spine
  LEFT JOIN longest_silence_24h_series
    ON longest_silence_24h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
  GROUP BY spine.pump_id, event_us
),
longest_silence_24h AS (
  SELECT pump_id, event_us, high AS value
  FROM longest_silence_24h_window
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS longest_silence_24h
FROM longest_silence_24h;
