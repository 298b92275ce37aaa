-- wear_trend 1.0: its values at the instants of some days, in place of those there
-- Smoothed vibration relative to the median of the last fourteen days, as a fraction
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: 18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061
-- Takes SET headrace_start = '2024-03-01' and SET headrace_end = '2024-03-02'.
-- Reads pump_telemetry from $headrace_start less 2w on: 20 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN $headrace_start::TIMESTAMP_NTZ(6) < $headrace_end::TIMESTAMP_NTZ(6) THEN TRUE ELSE CAST('Give the statement SET headrace_start = ''2024-03-01'' and SET headrace_end = ''2024-03-02'', start before end' || COALESCE(CAST($headrace_start::TIMESTAMP_NTZ(6) AS VARCHAR), '') AS BOOLEAN) END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_wear_trend (
  pump_id VARCHAR,
  event_time TIMESTAMP_NTZ(6),
  wear_trend FLOAT
)
CLUSTER BY (TO_DATE(event_time), pump_id);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_wear_trend' AND (SELECT COUNT(*) FROM daily_feature_wear_trend) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_wear_trend', '18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_wear_trend) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE CAST('daily_feature_wear_trend has rows of another meaning than 18480758b3dc: drop it and compute its days again' || COALESCE(CAST(COUNT(*) AS VARCHAR), '') AS BOOLEAN) END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_wear_trend' AND meaning = '18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061';
MERGE INTO daily_feature_wear_trend AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    mode,
    CASE WHEN vibration_mm_s BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= DATEADD(MICROSECOND, -1209600000000, $headrace_start::TIMESTAMP_NTZ(6)) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= DATE_PART(EPOCH_MICROSECOND, $headrace_start::TIMESTAMP_NTZ(6)) AND seen_us < DATE_PART(EPOCH_MICROSECOND, $headrace_end::TIMESTAMP_NTZ(6))
),
vibration_smoothed_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_smoothed_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 604800000000) + 604800000000, 604800000000) AS near_us
  FROM vibration_smoothed_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 604800000000) + 604800000000, 604800000000) + 604800000000
  FROM vibration_smoothed_series
),
vibration_smoothed_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_smoothed_near
    ON vibration_smoothed_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 604800000000) + 604800000000, 604800000000)
    AND seen_us > event_us - 604800000000
    AND seen_us <= event_us
),
vibration_smoothed_rows_2 AS (
  SELECT
    *,
    MAX(CASE WHEN value IS NOT NULL THEN seen_us END) OVER (PARTITION BY pump_id, event_us) AS newest_us
  FROM vibration_smoothed_rows
),
vibration_smoothed_rows_3 AS (
  SELECT
    *,
    CASE WHEN value IS NOT NULL THEN POWER('2.0'::FLOAT, CAST(seen_us - newest_us AS FLOAT) / '43200000000.0'::FLOAT) END AS weight
  FROM vibration_smoothed_rows_2
),
vibration_smoothed_window AS (
  SELECT pump_id, event_us, SUM(value * weight) AS total, SUM(weight) AS weights
  FROM vibration_smoothed_rows_3
  GROUP BY pump_id, event_us
),
vibration_smoothed_result AS (
  SELECT pump_id, event_us, total / NULLIF(weights, 0) AS result
  FROM vibration_smoothed_window
),
vibration_smoothed AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM vibration_smoothed_result
),
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 1209600000000) + 1209600000000, 1209600000000) AS near_us
  FROM vibration_median_14d_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 1209600000000) + 1209600000000, 1209600000000) + 1209600000000
  FROM vibration_median_14d_series
),
vibration_median_14d_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_median_14d_near
    ON vibration_median_14d_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 1209600000000) + 1209600000000, 1209600000000)
    AND seen_us > event_us - 1209600000000
    AND seen_us <= event_us
),
vibration_median_14d_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_median_14d_rows
),
vibration_median_14d_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * '0.5'::FLOAT) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * '0.5'::FLOAT) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * '0.5'::FLOAT) + 2 THEN value END) AS above
  FROM vibration_median_14d_rows_2
  GROUP BY pump_id, event_us
),
vibration_median_14d_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + (above - below) * (position - FLOOR(position)) END AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM vibration_median_14d_result
),
wear_trend_inputs AS (
  SELECT
    spine.*,
    vibration_smoothed.value AS vibration_smoothed,
    vibration_median_14d.value AS vibration_median_14d
  FROM spine
  LEFT JOIN vibration_smoothed
    ON vibration_smoothed.pump_id = spine.pump_id
    AND vibration_smoothed.event_us = spine.event_us
  LEFT JOIN vibration_median_14d
    ON vibration_median_14d.pump_id = spine.pump_id
    AND vibration_median_14d.event_us = spine.event_us
),
wear_trend_steps AS (
  SELECT *, (vibration_smoothed / NULLIF(vibration_median_14d, 0)) - '1.0'::FLOAT AS step_1
  FROM wear_trend_inputs
),
wear_trend AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END AS value
  FROM wear_trend_steps
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS wear_trend, FALSE AS is_kept
FROM wear_trend
UNION ALL
SELECT pump_id, event_time, NULL, TRUE
FROM daily_feature_wear_trend
WHERE event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
) AS made_rows
ON made_rows.is_kept AND kept_rows.pump_id = made_rows.pump_id AND kept_rows.event_time = made_rows.event_time AND kept_rows.event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND kept_rows.event_time < $headrace_end::TIMESTAMP_NTZ(6)
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, wear_trend)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.wear_trend);
