"""What the generated pipeline stands on: formulas, aggregates, windows, and the steps that move data.

Everything here follows the feature language: three-valued logic, exact sums that are rounded once, windows with one
definition. Nothing depends on the order in which elements arrive at a worker.
"""
