"""Measurements of scope beside its peers, each in an environment and a process of its own.

``python -m benchmarks`` from the root of the repository measures everything and writes
``docs/benchmarks.md``; ``python -m benchmarks COMMAND`` measures a part, ``--help`` lists them. The
driver needs nothing but the standard library: data, solvers and losses live in the workers.
"""
