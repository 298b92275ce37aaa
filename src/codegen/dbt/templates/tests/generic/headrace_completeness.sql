{# At least this share of the values is not null. Gives one row where it is less. #}
{% test headrace_completeness(model, column_name, threshold) %}
SELECT looked_at, present
FROM (
  SELECT COUNT(*) AS looked_at, COUNT({{ column_name }}) AS present
  FROM {{ model }}
) AS counted
WHERE present < {{ threshold }} * looked_at
{% endtest %}
