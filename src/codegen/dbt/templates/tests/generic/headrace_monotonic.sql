{# The values of a key never fall. Gives the rows whose value is below the one before. #}
{% test headrace_monotonic(model, column_name, keys) %}
SELECT *
FROM (
  SELECT
    {{ keys | join(', ') }},
    event_time,
    {{ column_name }} AS value,
    LAG({{ column_name }}) OVER (PARTITION BY {{ keys | join(', ') }} ORDER BY event_time) AS value_before
  FROM {{ model }}
  WHERE {{ column_name }} IS NOT NULL
) AS ordered
WHERE value < value_before
{% endtest %}
