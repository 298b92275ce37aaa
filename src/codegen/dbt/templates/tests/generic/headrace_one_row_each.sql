{# There is one row for each combination of the columns. Gives those that are there more often. #}
{% test headrace_one_row_each(model, columns) %}
SELECT {{ columns | join(', ') }}, COUNT(*) AS num_rows
FROM {{ model }}
GROUP BY {{ columns | join(', ') }}
HAVING COUNT(*) > 1
{% endtest %}
