"""The algorithms: each a subclass of BaseSolver; users import them from `scope`.

Nothing is imported here: `scope.base_solver` needs the exhaustive search, and the algorithms need
`scope.base_solver`.
"""
