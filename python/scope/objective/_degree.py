"""Finds out from a program of which degree in its variables it is, as a polynomial."""

from scope.objective._program import Equation, Program, Variable

_LINEAR = frozenset(
    """
    add add_any sub neg broadcast_in_dim concatenate convert_element_type copy cumsum dynamic_slice
    expand_dims gather pad reduce_sum reduce_window_sum reshape rev select_n slice split squeeze
    transpose
    """.split()  # noqa: SIM905  # a list of twenty quotes reads worse
)
_BILINEAR = frozenset({"mul", "dot_general", "conv_general_dilated"})
# More than any degree that matters.
_HIGH = 99


def degree(program: Program) -> int:
    """Return an upper bound of a program's degree; large for what is no polynomial."""
    degrees = dict.fromkeys(range(len(program.segments)), 1)
    for equation in program.equations:
        inputs = [
            degrees[atom.index] if isinstance(atom, Variable) else 0 for atom in equation.inputs
        ]
        found = min(_HIGH, _degree(equation, inputs))
        degrees |= dict.fromkeys(equation.outputs, found)
    return degrees[program.result.index] if isinstance(program.result, Variable) else 0


def _degree(equation: Equation, inputs: list[int]) -> int:
    name = equation.primitive.name
    if max(inputs, default=0) == 0:
        return 0
    if name == "select_n" and inputs[0] > 0:
        return _HIGH
    if name in _LINEAR:
        return max(inputs)
    if name in _BILINEAR:
        return sum(inputs)
    if name == "square":
        return 2 * inputs[0]
    if name == "integer_pow" and equation.params["y"] > 0:
        return int(equation.params["y"]) * inputs[0]
    return inputs[0] if name == "div" and inputs[1] == 0 else _HIGH
