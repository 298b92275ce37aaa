-- specific_energy_7d 1.0: its value at each instant of an event, once
-- Energy used for each cubic metre over seven days, in kWh
-- Owner: energy-team
-- Dialect: duckdb. Digest of the meaning: f414f52bf4cfed59bddfccb6422f23bbb5590a378951f15225a981bc5634c563
CREATE OR REPLACE TABLE feature_specific_energy_7d AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(input_power_kw) THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN isfinite(output_flow_rate) THEN output_flow_rate + 0 END AS output_flow_rate,
    arrival_file,
    arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mean_power_7d_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, input_power_kw AS value
  FROM pump_telemetry_events
),
mean_power_7d_held AS (
  SELECT *, LEAD(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us, arrival_file, arrival_row) AS until_us
  FROM mean_power_7d_series
  WHERE value IS NOT NULL
),
mean_power_7d_rows AS (
  SELECT
    spine.pump_id,
    event_us,
    seen_us,
    arrival_file,
    arrival_row,
    value,
    LEAST(COALESCE(until_us, event_us), event_us) - GREATEST(seen_us, event_us - 604800000000) AS width
  FROM spine
  LEFT JOIN mean_power_7d_held
    ON mean_power_7d_held.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND COALESCE(until_us > event_us - 604800000000, TRUE)
),
mean_power_7d_rows_2 AS (
  SELECT *, SUM(width) OVER (PARTITION BY pump_id, event_us) AS span
  FROM mean_power_7d_rows
),
mean_power_7d_window AS (
  SELECT pump_id, event_us, fsum(value * (CAST(width AS DOUBLE) / NULLIF(span, 0))) AS mean
  FROM mean_power_7d_rows_2
  GROUP BY pump_id, event_us
),
mean_power_7d_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM mean_power_7d_window
),
mean_power_7d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM mean_power_7d_result
),
mean_flow_7d_steps AS (
  SELECT *, output_flow_rate * 60.0e0 AS step_1
  FROM pump_telemetry_events
),
mean_flow_7d_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
  SELECT pump_id, event_us, fsum(value * (CAST(width AS DOUBLE) / NULLIF(span, 0))) AS mean
  FROM mean_flow_7d_rows_2
  GROUP BY pump_id, event_us
),
mean_flow_7d_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM mean_flow_7d_window
),
mean_flow_7d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM mean_flow_7d_result
),
specific_energy_7d_inputs AS (
  SELECT spine.*, mean_power_7d.value AS mean_power_7d, mean_flow_7d.value AS mean_flow_7d
  FROM spine
  LEFT JOIN mean_power_7d
    ON mean_power_7d.pump_id = spine.pump_id
    AND mean_power_7d.event_us = spine.event_us
  LEFT JOIN mean_flow_7d
    ON mean_flow_7d.pump_id = spine.pump_id
    AND mean_flow_7d.event_us = spine.event_us
),
specific_energy_7d_steps AS (
  SELECT *, mean_power_7d / NULLIF(mean_flow_7d, 0) AS step_1
  FROM specific_energy_7d_inputs
),
specific_energy_7d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM specific_energy_7d_steps
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS specific_energy_7d
FROM specific_energy_7d;
