-- pump_efficiency_rolling_24h 1.2: its value as of each row of `observations` of some days
-- 24-hour rolling average pump efficiency
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a
-- Takes SET headrace_start = '2024-03-01' and SET headrace_end = '2024-03-02'.
-- Reads pump_telemetry from $headrace_start less 1d on: 26 bytes a row and the bytes of the texts pump_id.
SELECT CASE WHEN $headrace_start::TIMESTAMP_NTZ(6) < $headrace_end::TIMESTAMP_NTZ(6) THEN TRUE ELSE CAST('Give the statement SET headrace_start = ''2024-03-01'' and SET headrace_end = ''2024-03-02'', start before end' || COALESCE(CAST($headrace_start::TIMESTAMP_NTZ(6) AS VARCHAR), '') AS BOOLEAN) END AS is_in_order;
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN input_power_kw BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN output_flow_rate BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN output_flow_rate + 0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= DATEADD(MICROSECOND, -86400000000, $headrace_start::TIMESTAMP_NTZ(6)) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
),
pump_efficiency_rolling_24h_steps AS (
  SELECT *, output_flow_rate / NULLIF(input_power_kw, 0) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_rolling_24h_series AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM pump_efficiency_rolling_24h_steps
),
pump_efficiency_rolling_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM pump_efficiency_rolling_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
pump_efficiency_rolling_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM pump_efficiency_rolling_24h_points
),
pump_efficiency_rolling_24h_window AS (
  SELECT pump_id, event_us, total, n
  FROM pump_efficiency_rolling_24h_frames
  WHERE is_asked
),
pump_efficiency_rolling_24h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM pump_efficiency_rolling_24h_window
),
pump_efficiency_rolling_24h AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM pump_efficiency_rolling_24h_result
)
SELECT observations.*, pump_efficiency_rolling_24h.value AS pump_efficiency_rolling_24h
FROM observations
LEFT JOIN pump_efficiency_rolling_24h
  ON pump_efficiency_rolling_24h.pump_id = observations.pump_id
  AND pump_efficiency_rolling_24h.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time)
WHERE observations.event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND observations.event_time < $headrace_end::TIMESTAMP_NTZ(6);
