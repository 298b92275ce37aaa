"""`python -m headrace` is the command `headrace`."""

from _headrace_program import main

main()
