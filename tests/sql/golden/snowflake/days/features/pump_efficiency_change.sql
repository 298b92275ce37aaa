-- pump_efficiency_change 1.0: its values at the instants of some days, in place of those there
-- Efficiency of the last 24 hours relative to the week before, as a fraction
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: 7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506
-- Takes SET headrace_start = '2024-03-01' and SET headrace_end = '2024-03-02'.
-- Reads pump_telemetry from $headrace_start less 8d on: 26 bytes a row and the bytes of the texts pump_id.
SELECT CASE WHEN $headrace_start::TIMESTAMP_NTZ(6) < $headrace_end::TIMESTAMP_NTZ(6) THEN TRUE ELSE CAST('Give the statement SET headrace_start = ''2024-03-01'' and SET headrace_end = ''2024-03-02'', start before end' || COALESCE(CAST($headrace_start::TIMESTAMP_NTZ(6) AS VARCHAR), '') AS BOOLEAN) END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_pump_efficiency_change (
  pump_id VARCHAR,
  event_time TIMESTAMP_NTZ(6),
  pump_efficiency_change FLOAT
)
CLUSTER BY (TO_DATE(event_time), pump_id);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_pump_efficiency_change' AND (SELECT COUNT(*) FROM daily_feature_pump_efficiency_change) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_pump_efficiency_change', '7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_pump_efficiency_change) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE CAST('daily_feature_pump_efficiency_change has rows of another meaning than 7126e44aec31: drop it and compute its days again' || COALESCE(CAST(COUNT(*) AS VARCHAR), '') AS BOOLEAN) END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_pump_efficiency_change' AND meaning = '7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506';
MERGE INTO daily_feature_pump_efficiency_change AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    CASE WHEN input_power_kw BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN output_flow_rate BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN output_flow_rate + 0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= DATEADD(MICROSECOND, -691200000000, $headrace_start::TIMESTAMP_NTZ(6)) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
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
),
pump_efficiency_baseline_steps AS (
  SELECT *, output_flow_rate / NULLIF(input_power_kw, 0) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_baseline_series AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM pump_efficiency_baseline_steps
),
pump_efficiency_baseline_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM pump_efficiency_baseline_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
pump_efficiency_baseline_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS n
  FROM pump_efficiency_baseline_points
),
pump_efficiency_baseline_window AS (
  SELECT pump_id, event_us, total, n
  FROM pump_efficiency_baseline_frames
  WHERE is_asked
),
pump_efficiency_baseline_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM pump_efficiency_baseline_window
),
pump_efficiency_baseline AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM pump_efficiency_baseline_result
),
pump_efficiency_change_inputs AS (
  SELECT
    spine.*,
    pump_efficiency_rolling_24h.value AS pump_efficiency_rolling_24h,
    pump_efficiency_baseline.value AS pump_efficiency_baseline
  FROM spine
  LEFT JOIN pump_efficiency_rolling_24h
    ON pump_efficiency_rolling_24h.pump_id = spine.pump_id
    AND pump_efficiency_rolling_24h.event_us = spine.event_us
  LEFT JOIN pump_efficiency_baseline
    ON pump_efficiency_baseline.pump_id = spine.pump_id
    AND pump_efficiency_baseline.event_us = spine.event_us
),
pump_efficiency_change_steps AS (
  SELECT *, (pump_efficiency_rolling_24h / NULLIF(pump_efficiency_baseline, 0)) - '1.0'::FLOAT AS step_1
  FROM pump_efficiency_change_inputs
),
pump_efficiency_change AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM pump_efficiency_change_steps
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS pump_efficiency_change, FALSE AS is_kept
FROM pump_efficiency_change
UNION ALL
SELECT pump_id, event_time, NULL, TRUE
FROM daily_feature_pump_efficiency_change
WHERE event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
) AS made_rows
ON made_rows.is_kept AND kept_rows.pump_id = made_rows.pump_id AND kept_rows.event_time = made_rows.event_time AND kept_rows.event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND kept_rows.event_time < $headrace_end::TIMESTAMP_NTZ(6)
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, pump_efficiency_change)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.pump_efficiency_change);
