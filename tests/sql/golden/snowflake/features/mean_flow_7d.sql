-- mean_flow_7d 1.0: its value at each instant of an event, once
-- Mean flow over seven days, each reading holding until the next, in m3 an hour
-- Owner: energy-team
-- Dialect: snowflake. Digest of the meaning: 2c0e5ff503fce6557e0c3f27bd1e1f7b6c8d6ff03a39cff43f9a9c648f849712
CREATE OR REPLACE TABLE feature_mean_flow_7d AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN output_flow_rate BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN output_flow_rate + 0 END AS output_flow_rate,
    arrival_file,
    arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mean_flow_7d_steps AS (
  SELECT *, output_flow_rate * '60.0'::FLOAT AS step_1
  FROM pump_telemetry_events
),
mean_flow_7d_series AS (
  SELECT
    pump_id,
    seen_us,
    arrival_file,
    arrival_row,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM mean_flow_7d_steps
),
mean_flow_7d_held AS (
  SELECT *, LEAD(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us, arrival_file, arrival_row) AS until_us
  FROM mean_flow_7d_series
  WHERE value IS NOT NULL
),
mean_flow_7d_rows AS (
  SELECT
    spine.pump_id,
    event_us,
    seen_us,
    arrival_file,
    arrival_row,
    value,
    LEAST(COALESCE(until_us, event_us), event_us) - GREATEST(seen_us, event_us - 604800000000) AS width
  FROM spine
  LEFT JOIN mean_flow_7d_held
    ON mean_flow_7d_held.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND COALESCE(until_us > event_us - 604800000000, TRUE)
),
mean_flow_7d_rows_2 AS (
  SELECT *, SUM(width) OVER (PARTITION BY pump_id, event_us) AS span
  FROM mean_flow_7d_rows
),
mean_flow_7d_window AS (
  SELECT pump_id, event_us, SUM(value * (CAST(width AS FLOAT) / NULLIF(span, 0))) AS mean
  FROM mean_flow_7d_rows_2
  GROUP BY pump_id, event_us
),
mean_flow_7d_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM mean_flow_7d_window
),
mean_flow_7d AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM mean_flow_7d_result
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS mean_flow_7d
FROM mean_flow_7d;
