{# Values that are not null lie between the ends, within a billionth, by which warehouses may add otherwise; an end that is
   not given allows everything on its side. `min_fraction` is the share of values that must. Gives the values outside, where
   there are too many. #}
{% test headrace_range(model, column_name, low=none, high=none, min_fraction=1.0) %}
SELECT value, outside, looked_at
FROM (
  SELECT
    value,
    is_outside,
    COUNT(*) OVER () AS looked_at,
    SUM(is_outside) OVER () AS outside
  FROM (
    SELECT
      {{ column_name }} AS value,
      CASE
        {%- if low is not none %}
        WHEN {{ column_name }} < {{ low }} - 1e-9 * ABS({{ low }}) THEN 1
        {%- endif %}
        {%- if high is not none %}
        WHEN {{ column_name }} > {{ high }} + 1e-9 * ABS({{ high }}) THEN 1
        {%- endif %}
        WHEN {{ column_name }} IS NULL THEN 0
        ELSE 0
      END AS is_outside
    FROM {{ model }}
    WHERE {{ column_name }} IS NOT NULL
  ) AS judged
) AS counted
WHERE is_outside = 1 AND looked_at - outside < {{ min_fraction }} * looked_at
{% endtest %}
