-- vibration_max_24h 1.0: its value at each instant of an event, once
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: 1b389ab7a3470e31153e66437f53ed25baa8bd4307118ce9bd70bd6fb9e9bd86
CREATE OR REPLACE TABLE feature_vibration_max_24h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    mode,
    CASE WHEN vibration_mm_s BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_max_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_max_24h_window AS (
  SELECT spine.pump_id, event_us, MAX(value) AS high
  FROM spine
  LEFT JOIN vibration_max_24h_series
    ON vibration_max_24h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
  GROUP BY spine.pump_id, event_us
),
vibration_max_24h AS (
  SELECT pump_id, event_us, high AS value
  FROM vibration_max_24h_window
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS vibration_max_24h
FROM vibration_max_24h;
