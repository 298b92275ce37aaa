-- specific_energy_7d 1.0: its value as of each row of `observations`
-- Energy used for each cubic metre over seven days, in kWh
-- Owner: energy-team
-- Dialect: snowflake. Digest of the meaning: f414f52bf4cfed59bddfccb6422f23bbb5590a378951f15225a981bc5634c563
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN input_power_kw BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN output_flow_rate BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN output_flow_rate + 0 END AS output_flow_rate,
    arrival_file,
    arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
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
  SELECT pump_id, event_us, SUM(value * (CAST(width AS FLOAT) / NULLIF(span, 0))) AS mean
  FROM mean_power_7d_rows_2
  GROUP BY pump_id, event_us
),
mean_power_7d_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM mean_power_7d_window
),
mean_power_7d AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM mean_power_7d_result
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
  SELECT
    pump_id,
    event_us,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM specific_energy_7d_steps
)
SELECT observations.*, specific_energy_7d.value AS specific_energy_7d
FROM observations
LEFT JOIN specific_energy_7d
  ON specific_energy_7d.pump_id = observations.pump_id
  AND specific_energy_7d.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);
