-- pump_efficiency_rolling_24h 1.2: its value at each instant of an event, once
-- 24-hour rolling average pump efficiency
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a
CREATE OR REPLACE TABLE feature_pump_efficiency_rolling_24h
CLUSTER BY (TO_DATE(event_time), pump_id)
AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN input_power_kw BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN output_flow_rate BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN output_flow_rate + 0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
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
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS pump_efficiency_rolling_24h
FROM pump_efficiency_rolling_24h;
