-- maintenance_cost_30d 1.0: its value as of each row of `observations`
-- Cost of all jobs of the last thirty days, in euros
-- Owner: maintenance-team
-- Dialect: duckdb. Digest of the meaning: 030044dde664f869ff8b3bf93b261d94315a40821434effe5b7b2ab1305d61bd
WITH spine AS (
  SELECT DISTINCT pump_id, epoch_us(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT pump_id, epoch_us(done_at) AS seen_us, CASE WHEN isfinite(cost_eur) THEN cost_eur + 0 END AS cost_eur
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
maintenance_cost_30d_series AS (
  SELECT pump_id, seen_us, cost_eur AS value
  FROM maintenance_log_events
),
maintenance_cost_30d_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM maintenance_cost_30d_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
maintenance_cost_30d_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS magnitude
  FROM maintenance_cost_30d_points
),
maintenance_cost_30d_window AS (
  SELECT pump_id, event_us, total, magnitude
  FROM maintenance_cost_30d_frames
  WHERE is_asked
),
maintenance_cost_30d_cancelled AS (
  SELECT pump_id, event_us
  FROM maintenance_cost_30d_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
maintenance_cost_30d_exact_window AS (
  SELECT
    maintenance_cost_30d_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM maintenance_cost_30d_cancelled
  LEFT JOIN maintenance_cost_30d_series
    ON maintenance_cost_30d_series.pump_id = maintenance_cost_30d_cancelled.pump_id
    AND seen_us > event_us - 2592000000000
    AND seen_us <= event_us
  GROUP BY maintenance_cost_30d_cancelled.pump_id, event_us
),
maintenance_cost_30d_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM maintenance_cost_30d_exact_window
),
maintenance_cost_30d_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM maintenance_cost_30d_exact
),
maintenance_cost_30d_totals AS (
  SELECT maintenance_cost_30d_window.*, maintenance_cost_30d_exact_2.exact_total
  FROM maintenance_cost_30d_window
  LEFT JOIN maintenance_cost_30d_exact_2
    ON maintenance_cost_30d_exact_2.pump_id = maintenance_cost_30d_window.pump_id
    AND maintenance_cost_30d_exact_2.event_us = maintenance_cost_30d_window.event_us
),
maintenance_cost_30d_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END AS result
  FROM maintenance_cost_30d_totals
),
maintenance_cost_30d AS (
  SELECT pump_id, event_us, COALESCE(CASE WHEN isfinite(result) THEN result + 0 END, 0.0e0) AS value
  FROM maintenance_cost_30d_result
)
SELECT observations.*, maintenance_cost_30d.value AS maintenance_cost_30d
FROM observations
LEFT JOIN maintenance_cost_30d
  ON maintenance_cost_30d.pump_id = observations.pump_id
  AND maintenance_cost_30d.event_us = epoch_us(observations.event_time);
