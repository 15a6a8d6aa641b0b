"""Arguments at random, of every solver and estimator: ``python -m tests.fuzz --seconds 120``.

`values` are things that fit no argument, `problems` what users hand over, `cases` calls in which
some arguments were replaced, `verdict` says what a call may end with, `supervision` runs rounds of
examples in a process of their own.
"""
