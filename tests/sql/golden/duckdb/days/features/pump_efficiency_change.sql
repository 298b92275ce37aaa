-- pump_efficiency_change 1.0: its values at the instants of some days, in place of those there
-- Efficiency of the last 24 hours relative to the week before, as a fraction
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: 7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506
-- Takes SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'.
-- Reads pump_telemetry from headrace_start less 8d on: 26 bytes a row and the bytes of the texts pump_id.
SELECT CASE WHEN CAST(getvariable('headrace_start') AS TIMESTAMP) < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN TRUE ELSE error('Give the statement SET VARIABLE headrace_start = TIMESTAMP ''2024-03-01'' and SET VARIABLE headrace_end = TIMESTAMP ''2024-03-02'', start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_pump_efficiency_change (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  pump_efficiency_change DOUBLE
);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_pump_efficiency_change' AND (SELECT COUNT(*) FROM daily_feature_pump_efficiency_change) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_pump_efficiency_change', '7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_pump_efficiency_change) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE error('daily_feature_pump_efficiency_change has rows of another meaning than 7126e44aec31: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_pump_efficiency_change' AND meaning = '7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506';
MERGE INTO daily_feature_pump_efficiency_change AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(input_power_kw) THEN input_power_kw + 0 END AS input_power_kw,
    CASE WHEN isfinite(output_flow_rate) THEN output_flow_rate + 0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) - to_microseconds(691200000000) AND event_time < CAST(getvariable('headrace_end') AS TIMESTAMP)
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
),
pump_efficiency_baseline_steps AS (
  SELECT *, output_flow_rate / NULLIF(input_power_kw, 0) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_baseline_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS n
  FROM pump_efficiency_baseline_points
),
pump_efficiency_baseline_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM pump_efficiency_baseline_frames
  WHERE is_asked
),
pump_efficiency_baseline_cancelled AS (
  SELECT pump_id, event_us
  FROM pump_efficiency_baseline_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
pump_efficiency_baseline_exact_near AS (
  SELECT
    *,
    seen_us + 86400000000 - ((seen_us + 86400000000) % 604800000000 + 604800000000) % 604800000000 AS near_us
  FROM pump_efficiency_baseline_series
  UNION ALL
  SELECT
    *,
    seen_us + 86400000000 - ((seen_us + 86400000000) % 604800000000 + 604800000000) % 604800000000 + 604800000000
  FROM pump_efficiency_baseline_series
),
pump_efficiency_baseline_exact_window AS (
  SELECT
    pump_efficiency_baseline_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM pump_efficiency_baseline_cancelled
  LEFT JOIN pump_efficiency_baseline_exact_near
    ON pump_efficiency_baseline_exact_near.pump_id = pump_efficiency_baseline_cancelled.pump_id
    AND near_us = event_us - ((event_us) % 604800000000 + 604800000000) % 604800000000
    AND seen_us > event_us - 691200000000
    AND seen_us <= event_us - 86400000000
  GROUP BY pump_efficiency_baseline_cancelled.pump_id, event_us
),
pump_efficiency_baseline_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM pump_efficiency_baseline_exact_window
),
pump_efficiency_baseline_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM pump_efficiency_baseline_exact
),
pump_efficiency_baseline_totals AS (
  SELECT pump_efficiency_baseline_window.*, pump_efficiency_baseline_exact_2.exact_total
  FROM pump_efficiency_baseline_window
  LEFT JOIN pump_efficiency_baseline_exact_2
    ON pump_efficiency_baseline_exact_2.pump_id = pump_efficiency_baseline_window.pump_id
    AND pump_efficiency_baseline_exact_2.event_us = pump_efficiency_baseline_window.event_us
),
pump_efficiency_baseline_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM pump_efficiency_baseline_totals
),
pump_efficiency_baseline AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
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
  SELECT *, (pump_efficiency_rolling_24h / NULLIF(pump_efficiency_baseline, 0)) - 1.0e0 AS step_1
  FROM pump_efficiency_change_inputs
),
pump_efficiency_change AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM pump_efficiency_change_steps
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS pump_efficiency_change
FROM pump_efficiency_change
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) AND kept_rows.event_time < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, pump_efficiency_change)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.pump_efficiency_change);
