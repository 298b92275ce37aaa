-- pump_efficiency_rolling_24h 1.2: its values at the instants of some days, in place of those there
-- 24-hour rolling average pump efficiency
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a
-- Takes SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'.
-- Reads pump_telemetry from headrace_start less 1d on: 26 bytes a row and the bytes of the texts pump_id.
SELECT CASE WHEN CAST(getvariable('headrace_start') AS TIMESTAMP) < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN TRUE ELSE error('Give the statement SET VARIABLE headrace_start = TIMESTAMP ''2024-03-01'' and SET VARIABLE headrace_end = TIMESTAMP ''2024-03-02'', start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_pump_efficiency_rolling_24h (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  pump_efficiency_rolling_24h DOUBLE
);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_pump_efficiency_rolling_24h' AND (SELECT COUNT(*) FROM daily_feature_pump_efficiency_rolling_24h) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_pump_efficiency_rolling_24h', 'c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_pump_efficiency_rolling_24h) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE error('daily_feature_pump_efficiency_rolling_24h has rows of another meaning than c0e3e3415843: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_pump_efficiency_rolling_24h' AND meaning = 'c0e3e341584328411464e06b6b49bef430ef65ada68e9349691eb9d8a0093d1a';
MERGE INTO daily_feature_pump_efficiency_rolling_24h AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(input_power_kw) THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN isfinite(output_flow_rate) THEN output_flow_rate + 0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) - to_microseconds(86400000000) AND event_time < CAST(getvariable('headrace_end') AS TIMESTAMP)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= epoch_us(CAST(getvariable('headrace_start') AS TIMESTAMP)) AND seen_us < epoch_us(CAST(getvariable('headrace_end') AS TIMESTAMP))
),
pump_efficiency_rolling_24h_steps AS (
  SELECT *, output_flow_rate / NULLIF(input_power_kw, 0) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_rolling_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM pump_efficiency_rolling_24h_points
),
pump_efficiency_rolling_24h_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM pump_efficiency_rolling_24h_frames
  WHERE is_asked
),
pump_efficiency_rolling_24h_cancelled AS (
  SELECT pump_id, event_us
  FROM pump_efficiency_rolling_24h_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
pump_efficiency_rolling_24h_exact_near AS (
  SELECT *, seen_us - ((seen_us) % 86400000000 + 86400000000) % 86400000000 AS near_us
  FROM pump_efficiency_rolling_24h_series
  UNION ALL
  SELECT *, seen_us - ((seen_us) % 86400000000 + 86400000000) % 86400000000 + 86400000000
  FROM pump_efficiency_rolling_24h_series
),
pump_efficiency_rolling_24h_exact_window AS (
  SELECT
    pump_efficiency_rolling_24h_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM pump_efficiency_rolling_24h_cancelled
  LEFT JOIN pump_efficiency_rolling_24h_exact_near
    ON pump_efficiency_rolling_24h_exact_near.pump_id = pump_efficiency_rolling_24h_cancelled.pump_id
    AND near_us = event_us - ((event_us) % 86400000000 + 86400000000) % 86400000000
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
  GROUP BY pump_efficiency_rolling_24h_cancelled.pump_id, event_us
),
pump_efficiency_rolling_24h_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM pump_efficiency_rolling_24h_exact_window
),
pump_efficiency_rolling_24h_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM pump_efficiency_rolling_24h_exact
),
pump_efficiency_rolling_24h_totals AS (
  SELECT pump_efficiency_rolling_24h_window.*, pump_efficiency_rolling_24h_exact_2.exact_total
  FROM pump_efficiency_rolling_24h_window
  LEFT JOIN pump_efficiency_rolling_24h_exact_2
    ON pump_efficiency_rolling_24h_exact_2.pump_id = pump_efficiency_rolling_24h_window.pump_id
    AND pump_efficiency_rolling_24h_exact_2.event_us = pump_efficiency_rolling_24h_window.event_us
),
pump_efficiency_rolling_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM pump_efficiency_rolling_24h_totals
),
pump_efficiency_rolling_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM pump_efficiency_rolling_24h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS pump_efficiency_rolling_24h
FROM pump_efficiency_rolling_24h
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) AND kept_rows.event_time < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, pump_efficiency_rolling_24h)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.pump_efficiency_rolling_24h);
