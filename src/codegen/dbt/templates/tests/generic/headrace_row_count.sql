{# The table has so many rows; an end that is not given allows everything on its side. Gives one row where it has not. #}
{% test headrace_row_count(model, low=none, high=none) %}
SELECT num_rows
FROM (
  SELECT COUNT(*) AS num_rows
  FROM {{ model }}
) AS counted
WHERE FALSE
  {%- if low is not none %}
  OR num_rows < {{ low }}
  {%- endif %}
  {%- if high is not none %}
  OR num_rows > {{ high }}
  {%- endif %}
{% endtest %}
