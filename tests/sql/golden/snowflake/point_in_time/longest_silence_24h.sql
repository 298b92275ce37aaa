-- longest_silence_24h 1.0: its value as of each row of `observations`
-- Longest time without a reading that ended within 24 hours, in minutes
-- Owner: data-team
-- Dialect: snowflake. Digest of the meaning: 15107f1379c23f3bac723bc88456ef462786c74a7363b19e0abf9fba87a79ec1
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_instants AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
reading_before_at_at_pump_telemetry_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
),
reading_before_at_at_pump_telemetry_rows AS (
  SELECT pump_telemetry_instants.pump_id, event_us, seen_us, value
  FROM pump_telemetry_instants
  LEFT JOIN reading_before_at_at_pump_telemetry_series
    ON reading_before_at_at_pump_telemetry_series.pump_id = pump_telemetry_instants.pump_id
    AND seen_us >= event_us - 604800000000
    AND seen_us < event_us
),
reading_before_at_at_pump_telemetry_rows_2 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC) AS newest
  FROM reading_before_at_at_pump_telemetry_rows
),
reading_before_at_at_pump_telemetry_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM reading_before_at_at_pump_telemetry_rows_2
  GROUP BY pump_id, event_us
),
reading_before_at_at_pump_telemetry AS (
  SELECT pump_id, event_us, latest AS value
  FROM reading_before_at_at_pump_telemetry_window
),
longest_silence_24h_inputs AS (
  SELECT pump_telemetry_events.*, reading_before_at_at_pump_telemetry.value AS reading_before_at
  FROM pump_telemetry_events
  LEFT JOIN reading_before_at_at_pump_telemetry
    ON reading_before_at_at_pump_telemetry.pump_id = pump_telemetry_events.pump_id
    AND reading_before_at_at_pump_telemetry.event_us = pump_telemetry_events.seen_us
),
longest_silence_24h_steps AS (
  SELECT *, CAST(seen_us AS NUMBER(38, 0)) - reading_before_at AS step_1
  FROM longest_silence_24h_inputs
),
longest_silence_24h_steps_2 AS (
  SELECT
    *,
    (CAST(CASE WHEN step_1 BETWEEN -9223372036854775808 AND 9223372036854775807 THEN step_1 END AS FLOAT) / '1000000.0'::FLOAT) / NULLIF('60.0'::FLOAT, 0) AS step_2
  FROM longest_silence_24h_steps
),
longest_silence_24h_series AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN step_2 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_2 + 0 END AS value
  FROM longest_silence_24h_steps_2
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
SELECT observations.*, longest_silence_24h.value AS longest_silence_24h
FROM observations
LEFT JOIN longest_silence_24h
  ON longest_silence_24h.pump_id = observations.pump_id
  AND longest_silence_24h.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);
