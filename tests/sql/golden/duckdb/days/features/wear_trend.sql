-- wear_trend 1.0: its values at the instants of some days, in place of those there
-- Smoothed vibration relative to the median of the last fourteen days, as a fraction
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061
-- Takes SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'.
-- Reads pump_telemetry from headrace_start less 2w on: 20 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN CAST(getvariable('headrace_start') AS TIMESTAMP) < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN TRUE ELSE error('Give the statement SET VARIABLE headrace_start = TIMESTAMP ''2024-03-01'' and SET VARIABLE headrace_end = TIMESTAMP ''2024-03-02'', start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_wear_trend (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  wear_trend DOUBLE
);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_wear_trend' AND (SELECT COUNT(*) FROM daily_feature_wear_trend) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_wear_trend', '18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_wear_trend) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE error('daily_feature_wear_trend has rows of another meaning than 18480758b3dc: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_wear_trend' AND meaning = '18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061';
MERGE INTO daily_feature_wear_trend AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    mode,
    CASE WHEN isfinite(vibration_mm_s) THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) - to_microseconds(1209600000000) AND event_time < CAST(getvariable('headrace_end') AS TIMESTAMP)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= epoch_us(CAST(getvariable('headrace_start') AS TIMESTAMP)) AND seen_us < epoch_us(CAST(getvariable('headrace_end') AS TIMESTAMP))
),
vibration_smoothed_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_smoothed_events AS (
  SELECT
    *,
    CASE WHEN value IS NOT NULL THEN POWER(2.0e0, CAST(((seen_us) % 17280000000000 + 17280000000000) % 17280000000000 AS DOUBLE) / 43200000000.0e0) END AS weight,
    ((seen_us) % 34560000000000 + 34560000000000) % 34560000000000 < 17280000000000 AS is_even
  FROM vibration_smoothed_series
),
vibration_smoothed_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, weight, is_even, FALSE AS is_asked
  FROM vibration_smoothed_events
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, NULL, NULL, TRUE
  FROM spine
),
vibration_smoothed_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    fsum(CASE WHEN is_even THEN value * weight END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS even_area,
    fsum(CASE WHEN NOT is_even THEN value * weight END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS odd_area,
    fsum(CASE WHEN is_even THEN ABS(value * weight) END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS even_bulk,
    fsum(CASE WHEN NOT is_even THEN ABS(value * weight) END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS odd_bulk,
    fsum(CASE WHEN is_even THEN weight END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS even_weight,
    fsum(CASE WHEN NOT is_even THEN weight END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS odd_weight,
    MAX(CASE WHEN weight IS NOT NULL THEN seen_us END) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS newest_us
  FROM vibration_smoothed_points
),
vibration_smoothed_window AS (
  SELECT pump_id, event_us, even_area, odd_area, even_bulk, odd_bulk, even_weight, odd_weight, newest_us
  FROM vibration_smoothed_frames
  WHERE is_asked
),
vibration_smoothed_window_2 AS (
  SELECT
    *,
    CASE WHEN ((newest_us) % 34560000000000 + 34560000000000) % 34560000000000 < 17280000000000 THEN even_area + COALESCE(odd_area * 3.8725919148493183e-121, 0) ELSE odd_area + COALESCE(even_area * 3.8725919148493183e-121, 0) END AS sum,
    CASE WHEN ((newest_us) % 34560000000000 + 34560000000000) % 34560000000000 < 17280000000000 THEN even_bulk + COALESCE(odd_bulk * 3.8725919148493183e-121, 0) ELSE odd_bulk + COALESCE(even_bulk * 3.8725919148493183e-121, 0) END AS magnitude,
    CASE WHEN ((newest_us) % 34560000000000 + 34560000000000) % 34560000000000 < 17280000000000 THEN even_weight + COALESCE(odd_weight * 3.8725919148493183e-121, 0) ELSE odd_weight + COALESCE(even_weight * 3.8725919148493183e-121, 0) END AS weights
  FROM vibration_smoothed_window
),
vibration_smoothed_cancelled AS (
  SELECT pump_id, event_us
  FROM vibration_smoothed_window_2
  WHERE NOT (sum IS NULL OR magnitude = 0 OR (CASE WHEN isfinite(sum) THEN sum + 0 END IS NOT NULL AND magnitude >= 1e-280 AND ABS(sum) >= magnitude * 1e-05))
),
vibration_smoothed_exact_near AS (
  SELECT *, seen_us - ((seen_us) % 604800000000 + 604800000000) % 604800000000 AS near_us
  FROM vibration_smoothed_series
  UNION ALL
  SELECT *, seen_us - ((seen_us) % 604800000000 + 604800000000) % 604800000000 + 604800000000
  FROM vibration_smoothed_series
),
vibration_smoothed_exact_rows AS (
  SELECT vibration_smoothed_cancelled.pump_id, event_us, seen_us, value
  FROM vibration_smoothed_cancelled
  LEFT JOIN vibration_smoothed_exact_near
    ON vibration_smoothed_exact_near.pump_id = vibration_smoothed_cancelled.pump_id
    AND near_us = event_us - ((event_us) % 604800000000 + 604800000000) % 604800000000
    AND seen_us > event_us - 604800000000
    AND seen_us <= event_us
),
vibration_smoothed_exact_rows_2 AS (
  SELECT
    *,
    MAX(CASE WHEN value IS NOT NULL THEN seen_us END) OVER (PARTITION BY pump_id, event_us) AS newest_us
  FROM vibration_smoothed_exact_rows
),
vibration_smoothed_exact_rows_3 AS (
  SELECT
    *,
    CASE WHEN value IS NOT NULL THEN POWER(2.0e0, CAST(seen_us - newest_us AS DOUBLE) / 43200000000.0e0) END AS weight
  FROM vibration_smoothed_exact_rows_2
),
vibration_smoothed_exact_window AS (
  SELECT pump_id, event_us, fsum(value * weight) AS total, fsum(weight) AS weights
  FROM vibration_smoothed_exact_rows_3
  GROUP BY pump_id, event_us
),
vibration_smoothed_exact AS (
  SELECT *, total / NULLIF(weights, 0) AS looked_at
  FROM vibration_smoothed_exact_window
),
vibration_smoothed_totals AS (
  SELECT vibration_smoothed_window_2.*, vibration_smoothed_exact.looked_at
  FROM vibration_smoothed_window_2
  LEFT JOIN vibration_smoothed_exact
    ON vibration_smoothed_exact.pump_id = vibration_smoothed_window_2.pump_id
    AND vibration_smoothed_exact.event_us = vibration_smoothed_window_2.event_us
),
vibration_smoothed_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN sum IS NULL OR magnitude = 0 OR (CASE WHEN isfinite(sum) THEN sum + 0 END IS NOT NULL AND magnitude >= 1e-280 AND ABS(sum) >= magnitude * 1e-05) THEN sum / weights ELSE looked_at END AS result
  FROM vibration_smoothed_totals
),
vibration_smoothed AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_smoothed_result
),
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_median_14d_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_median_14d_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.5e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1209599999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_median_14d_points
),
vibration_median_14d_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_median_14d_frames
  WHERE is_asked
),
vibration_median_14d_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
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
  SELECT *, (vibration_smoothed / NULLIF(vibration_median_14d, 0)) - 1.0e0 AS step_1
  FROM wear_trend_inputs
),
wear_trend AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM wear_trend_steps
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS wear_trend
FROM wear_trend
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) AND kept_rows.event_time < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, wear_trend)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.wear_trend);
