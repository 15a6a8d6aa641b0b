"""Measurements of scope beside its peers, each in an environment and a process of its own.

``python -m benchmarks COMMAND`` from the root of the repository; the commands are `warm`, `cold`,
`bandwidth`, `accuracy`, `algorithms`, `large` and `examples`, ``--help`` describes each. The driver
needs nothing but the standard library: data, solvers and losses live in the workers.
"""
