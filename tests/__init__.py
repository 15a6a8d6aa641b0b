"""Makes ``python -m tests.fuzz`` work from a checkout."""
