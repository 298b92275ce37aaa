-- mean_power_7d 1.0: its value as of each row of `observations`
-- Mean power over seven days, each reading holding until the next, in kW
-- Owner: energy-team
-- Dialect: snowflake. Digest of the meaning: bf0a61a2db4d9556d71933eebacf998deb0a15b34386b1de5fef07db388d2da5
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
)
SELECT observations.*, mean_power_7d.value AS mean_power_7d
FROM observations
LEFT JOIN mean_power_7d
  ON mean_power_7d.pump_id = observations.pump_id
  AND mean_power_7d.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);
