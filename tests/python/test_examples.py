"""Every worked example finds the truth, and its objective is read as it was."""

import contextlib
import importlib.util
import io
from pathlib import Path
from unittest import mock

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import scope

FOLDER = Path(__file__).parents[2] / "examples"
FILES = sorted(FOLDER.glob("*.py"))

DIAGONAL = "the Hessian of g is diagonal"
QUADRATIC = f"{DIAGONAL}; g is quadratic"
LOW_RANK = "the Hessian of g is diagonal up to a low rank"
PRODUCTS = "the Hessian of g is by products"

# What the explanation of an objective must contain: how M is kept, and what is known of g.
STRUCTURES = {
    "additive_model": ("400x301 float64", QUADRATIC, "a separable quadratic penalty"),
    "change_points": ("500 cumulative sums", QUADRATIC),
    "community_detection": ("100 parameters themselves, 100x100 float64", PRODUCTS),
    "compressed_sensing": ("100x512 float64", QUADRATIC),
    "cox_regression": ("400x150 float64", PRODUCTS),
    "dynamical_system": ("600x10 float64 for each of 3 responses", QUADRATIC),
    "fast_transform": ("black box: its gradient is the user's",),
    "focal_loss": ("1500x1 float64, 1500x100 float64", DIAGONAL),
    "gamma_regression": ("400x1 float64, 400x150 float64", DIAGONAL),
    "gaussian_graphical_model": ("12 parameters themselves", "sparse with", PRODUCTS),
    "hsic_selection": ("g(M |theta|)", "22500x40 float64", QUADRATIC),
    "huber_regression": ("500x200 float32", DIAGONAL),
    "image_segmentation": ("400x400 float64", QUADRATIC),
    # The random point at which readings are checked is outside of this objective's domain.
    "inverse_gaussian_regression": ("500x100 float64", DIAGONAL),
    "ising_model": ("6000x66 float64, sparse with", DIAGONAL),
    "isotonic_regression": ("g(M |theta|)", "300 cumulative sums", QUADRATIC),
    "linear_regression": ("200x300 float64", QUADRATIC),
    "logistic_regression": ("600x200 float64", DIAGONAL),
    "multi_response_regression": ("150x200 float64 for each of 5 responses", QUADRATIC),
    "multinomial_regression": ("600x80 float64 for each of 4", "blocks of 4 a sample"),
    "negative_binomial_regression": ("500x120 float64", DIAGONAL),
    "neural_network": ("400x20 float64 for each of 4 responses", PRODUCTS),
    "nonnegative_least_squares": ("g(M |theta|)", "400x120 float32", QUADRATIC),
    "ordinal_regression": ("600x60 float64", PRODUCTS),
    "paired_comparisons": ("200x80 float64", PRODUCTS),
    # y * (X @ theta) is a product of its own here: it is sparser than X.
    "poisson_regression": ("500x201 float32, sparse with", "blocks of 2 a sample"),
    "portfolio": ("500x80 float64, 1x80 float64", PRODUCTS),
    "quantile_regression": ("800x1 float64, 800x60 float64", DIAGONAL),
    "robust_regression": ("400x150 float64", DIAGONAL),
    "saturation_curve": ("300x100 float64, 1 parameters themselves", PRODUCTS),
    "sparse_pca": ("100 parameters themselves, 300x100 float64", LOW_RANK),
    "spike_deconvolution": ("120x120 float64, sparse with", QUADRATIC),
    "square_root_loss": ("150x250 float64", LOW_RANK, "a separable quadratic penalty"),
    "support_vector_machine": ("300x200 float64", DIAGONAL, "a separable quadratic penalty"),
    "trajectory_matching": ("black box: parameters enter the objective outside of linear maps",),
    "trend_filtering": ("100x100 float64", QUADRATIC),
    "weibull_survival": ("400x1 float64, 400x100 float64", PRODUCTS),
}
NEEDS = {"negative_binomial_regression": "pandas"}

# Instances where neighbouring columns are nearly equal, so that single exchanges decide.
HARD = {
    "long trend": ("trend_filtering", {"n": 200}),
    "overlapping spikes": ("spike_deconvolution", {"times": (30, 36, 70, 76)}),
}


def run(name, **options):
    """Run the main of an example and return the solver that it used, and what it printed.

    Its figure is drawn as well, if it has one.
    """
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    location = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    example = importlib.util.module_from_spec(location)
    location.loader.exec_module(example)
    solvers = []

    class Recorded(scope.ScopeSolver):
        def solve(self, *arguments, **named):
            solvers.append(self)
            return super().solve(*arguments, **named)

    example.ScopeSolver = Recorded
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), shown(hasattr(example, "draw")) as plot:
        example.main(**plot, **options)
    (solver,) = solvers
    return solver, printed.getvalue()


@contextlib.contextmanager
def shown(has_figure):
    """Yield what asks `main` for a figure; check that one was shown, with something on it."""
    if not has_figure:
        yield {}
        return
    mpl.use("agg")
    with mock.patch.object(plt, "show") as show:
        yield {"plot": True}
    show.assert_called_once_with()
    (number,) = plt.get_fignums()
    assert all(axis.has_data() for axis in plt.figure(number).axes)
    plt.close(number)


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_the_truth_is_found_and_the_structure_is_read(name):
    solver, printed = run(name)
    assert printed
    missing = [part for part in STRUCTURES[name] if part not in solver.result.structure]
    assert not missing, solver.result.structure


@pytest.mark.parametrize("name", HARD)
def test_hard_instances(name):
    example, options = HARD[name]
    run(example, **options)


def test_there_are_enough_examples_and_all_are_known():
    assert len(FILES) >= 20
    assert {path.stem for path in FILES} == set(STRUCTURES)


def test_a_third_of_the_examples_have_a_figure():
    assert 3 * sum("def draw(" in path.read_text(encoding="ascii") for path in FILES) >= len(FILES)


def test_the_page_lists_every_example():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FILES if f"({path.name})" not in page] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_are_pages_of_their_own(path):
    text = path.read_text(encoding="ascii")
    assert len(text.splitlines()) <= 90
    title, underline = text.splitlines()[1:3]
    assert underline == "=" * len(title)
    assert "explain" in text
    assert 'if __name__ == "__main__":' in text
