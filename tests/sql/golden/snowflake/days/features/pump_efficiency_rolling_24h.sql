-- pump_efficiency_rolling_24h 1.2: its values at the instants of some days, in place of those there
-- 24-hour rolling average pump efficiency
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a
-- Takes SET headrace_start = '2024-03-01' and SET headrace_end = '2024-03-02'.
-- Reads pump_telemetry from $headrace_start less 1d on: 26 bytes a row and the bytes of the texts pump_id.
SELECT CASE WHEN $headrace_start::TIMESTAMP_NTZ(6) < $headrace_end::TIMESTAMP_NTZ(6) THEN TRUE ELSE CAST('Give the statement SET headrace_start = ''2024-03-01'' and SET headrace_end = ''2024-03-02'', start before end' || COALESCE(CAST($headrace_start::TIMESTAMP_NTZ(6) AS VARCHAR), '') AS BOOLEAN) END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_pump_efficiency_rolling_24h (
  pump_id VARCHAR,
  event_time TIMESTAMP_NTZ(6),
  pump_efficiency_rolling_24h FLOAT
)
CLUSTER BY (TO_DATE(event_time), pump_id);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_pump_efficiency_rolling_24h' AND (SELECT COUNT(*) FROM daily_feature_pump_efficiency_rolling_24h) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_pump_efficiency_rolling_24h', 'c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_pump_efficiency_rolling_24h) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE CAST('daily_feature_pump_efficiency_rolling_24h has rows of another meaning than c0e3e3415843: drop it and compute its days again' || COALESCE(CAST(COUNT(*) AS VARCHAR), '') AS BOOLEAN) END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_pump_efficiency_rolling_24h' AND meaning = 'c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a';
MERGE INTO daily_feature_pump_efficiency_rolling_24h AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN input_power_kw BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN output_flow_rate BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN output_flow_rate + 0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= DATEADD(MICROSECOND, -86400000000, $headrace_start::TIMESTAMP_NTZ(6)) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= DATE_PART(EPOCH_MICROSECOND, $headrace_start::TIMESTAMP_NTZ(6)) AND seen_us < DATE_PART(EPOCH_MICROSECOND, $headrace_end::TIMESTAMP_NTZ(6))
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
SELECT
  pump_id,
  TO_TIMESTAMP_NTZ(event_us, 6) AS event_time,
  value AS pump_efficiency_rolling_24h,
  FALSE AS is_kept
FROM pump_efficiency_rolling_24h
UNION ALL
SELECT pump_id, event_time, NULL, TRUE
FROM daily_feature_pump_efficiency_rolling_24h
WHERE event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
) AS made_rows
ON made_rows.is_kept AND kept_rows.pump_id = made_rows.pump_id AND kept_rows.event_time = made_rows.event_time AND kept_rows.event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND kept_rows.event_time < $headrace_end::TIMESTAMP_NTZ(6)
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, pump_efficiency_rolling_24h)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.pump_efficiency_rolling_24h);
