-- duty_share_24h 1.0: its value at each instant of an event, once
-- Share of the last 24 hours in which the pump ran
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: 022800832d47b9e3c6e3ba290d29e411038c608d5557bcb67f72a0a9ecebb775
CREATE OR REPLACE TABLE feature_duty_share_24h AS
WITH pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us, mode, arrival_file, arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
duty_share_24h_series AS (
  SELECT
    pump_id,
    seen_us,
    arrival_file,
    arrival_row,
    CASE WHEN mode = 'run' THEN 1.0e0 ELSE 0.0e0 END AS value
  FROM pump_telemetry_events
),
duty_share_24h_held AS (
  SELECT *, LEAD(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us, arrival_file, arrival_row) AS until_us
  FROM duty_share_24h_series
  WHERE value IS NOT NULL
),
duty_share_24h_rows AS (
  SELECT
    spine.pump_id,
    event_us,
    seen_us,
    arrival_file,
    arrival_row,
    value,
    LEAST(COALESCE(until_us, event_us), event_us) - GREATEST(seen_us, event_us - 86400000000) AS width
  FROM spine
  LEFT JOIN duty_share_24h_held
    ON duty_share_24h_held.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND COALESCE(until_us > event_us - 86400000000, TRUE)
),
duty_share_24h_rows_2 AS (
  SELECT *, SUM(width) OVER (PARTITION BY pump_id, event_us) AS span
  FROM duty_share_24h_rows
),
duty_share_24h_window AS (
  SELECT pump_id, event_us, fsum(value * (CAST(width AS DOUBLE) / NULLIF(span, 0))) AS mean
  FROM duty_share_24h_rows_2
  GROUP BY pump_id, event_us
),
duty_share_24h_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM duty_share_24h_window
),
duty_share_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM duty_share_24h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS duty_share_24h
FROM duty_share_24h;
