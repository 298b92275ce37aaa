"""What an orchestrator does with a feature repository, a step a function; it knows no orchestrator.

Only Python's own library is used: the work is done by the programs `headrace` and `feast`.
"""
