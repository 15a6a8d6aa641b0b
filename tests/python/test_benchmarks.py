"""What benchmarks rest on: tasks follow their formulas, losses are right, the page is true."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import (
    commands,
    environments,
    instructions,
    large,
    page,
    quick,
    report,
    scaling,
    session,
    store,
    warm,
)
from benchmarks.catalog import TASKS, Task, select
from benchmarks.criteria import best_of_path, gic, held_out_splits
from benchmarks.data import Problem, generate
from benchmarks.judge import judge
from benchmarks.losses import LOSSES
from benchmarks.objectives import OBJECTIVES
from benchmarks.refit import as_regression, cut, refit
from benchmarks.tables import Table
from scipy import stats
from scipy.optimize import minimize

SMALL = {
    "linear": Task("t", "t", "linear", 40, 12, 3),
    "logistic": Task("t", "t", "logistic", 60, 8, 2, options={"magnitude": 1.0}),
    "poisson": Task("t", "t", "poisson", 40, 12, 3),
    "cox": Task("t", "t", "cox", 40, 12, 3),
    "trend": Task("t", "t", "trend", 40, 40, 3),
    "multi_task": Task("t", "t", "multi_task", 30, 8, 2),
    "ising": Task("t", "t", "ising", 20, 190, 5),
    "hsic": Task("t", "t", "hsic", 12, 6, 2),
    "robust": Task("t", "t", "robust", 40, 12, 3),
}
REGRESSIONS = ("linear", "logistic", "trend", "multi_task", "ising", "hsic")


def small(model, seed=0):
    return generate(SMALL[model], seed)


def ok(task, peer, seed, **fields):
    record = {"task": task, "peer": peer, "seed": seed, "outcome": "ok", "seconds": 1.0}
    answer = {"objective": 1.0, "objective_at_zero": 2.0, "recovery": 1.0, "size": 3}
    return {**record, **answer, "details": {}, **fields}


# Task generators


def test_a_seed_is_a_problem():
    for model in SMALL:
        first, again, other = small(model), small(model), small(model, 1)
        for name, array in first.arrays.items():
            assert np.array_equal(array, again.arrays[name])
            assert not np.array_equal(array, other.arrays[name])


@pytest.mark.parametrize(
    ("design", "correlation"),
    [("AR 0.2", [0.2, 0.04]), ("AR 0.9", [0.9, 0.81]), ("equicorrelated", [0.5, 0.5])],
)
def test_designs_have_their_correlations(design, correlation):
    task = Task("t", "t", "linear", 20_000, 6, 2, options={"design": design})
    found = np.corrcoef(generate(task, 0).arrays["X"].T)
    assert [found[0, 1], found[0, 2]] == pytest.approx(correlation, abs=0.03)
    assert np.allclose(generate(task, 0).arrays["X"].std(axis=0), 1.0, atol=0.03)


def test_scales_spread_over_six_orders_of_magnitude():
    task = Task("t", "t", "linear", 500, 50, 5, options={"design": "scales over six orders"})
    scales = generate(task, 0).arrays["X"].std(axis=0)
    assert scales.max() / scales.min() == pytest.approx(1e6, rel=0.2)


def test_the_linear_task_has_its_signal_to_noise_ratio():
    problem = generate(Task("t", "t", "linear", 20_000, 10, 4), 0)
    X, y = problem.arrays["X"][:, problem.truth], problem.arrays["y"]
    coefficients = np.linalg.lstsq(X, y, rcond=None)[0]
    assert np.abs(coefficients) == pytest.approx(100.0, rel=0.05)
    assert (X @ coefficients).var() / (y - X @ coefficients).var() == pytest.approx(6.0, rel=0.05)


def test_the_trend_is_unit_jumps_on_a_random_walk():
    task = Task("t", "t", "trend", 5000, 5000, 4)
    problem = generate(task, 0)
    assert list(problem.truth) == [1000, 2000, 3000, 4000]
    noise = np.diff(problem.arrays["y"], prepend=0.0)
    noise[problem.truth] -= 1.0
    assert noise.std() == pytest.approx(1.0 / math.sqrt(5000), rel=0.05)
    assert stats.kstest(noise * math.sqrt(5000), "norm").pvalue > 1e-3


def test_labels_follow_the_clipped_predictor():
    problem = generate(Task("t", "t", "logistic", 20_000, 5, 1, options={"magnitude": 1.0}), 0)
    eta = problem.arrays["X"][:, problem.truth[0]]
    positive = problem.arrays["y"] > 0
    share = max(positive[eta > 1.0].mean(), positive[eta < -1.0].mean())
    assert share == pytest.approx(
        np.mean(1 / (1 + np.exp(-np.abs(eta[np.abs(eta) > 1.0])))), abs=0.03
    )


def test_published_sizes():
    sizes = {name: (TASKS[name].n, TASKS[name].p, TASKS[name].s) for name in TASKS}
    assert sizes["linear"] == sizes["logistic"] == sizes["robust"] == (600, 500, 50)
    assert (sizes["trend"], sizes["ising"], sizes["hsic"]) == (
        (600, 600, 50), (600, 190, 40), (600, 50, 10),
    )  # fmt: skip
    assert sizes["cox-500"] == sizes["poisson-500"] == (500, 1000, 10)
    assert [task.name for task in select(["designs"])]
    with pytest.raises(KeyError, match="no task or suite 'nothing'"):
        select(["nothing"])


def test_cross_validation_is_judged_on_samples_of_its_own():
    problem = generate(Task("t", "t", "linear", 50, 20, 3, job="cv"), 0)
    assert len(problem.arrays["y"]) == len(problem.held_out["y"]) == 50
    assert not np.intersect1d(problem.arrays["y"], problem.held_out["y"]).size
    rows = np.concatenate([judged for _, judged in held_out_splits(50)])
    assert sorted(rows) == list(range(50))


def test_a_bootstrap_is_judged_on_its_resamples():
    problem = generate(Task("t", "t", "linear", 30, 10, 2, job="bootstrap"), 0)
    params = np.zeros((len(problem.resamples), 10))
    expected = np.mean([np.mean(problem.arrays["y"][rows] ** 2) for rows in problem.resamples])
    assert judge(problem, params)["objective"] == pytest.approx(expected)


# Losses and refits


@pytest.mark.parametrize("model", SMALL)
def test_losses_are_the_objectives(model):
    import jax  # noqa: PLC0415  # not needed by the others

    problem = small(model)
    params = 0.1 * np.random.default_rng(1).standard_normal(problem.dimension)
    with jax.enable_x64(True):
        value = float(OBJECTIVES[model](**problem.arrays)(params))
    assert LOSSES[model](params, **problem.arrays) == pytest.approx(value, rel=1e-12)


def test_losses_have_their_closed_forms():
    eta = np.array([0.3, -1.2, 2.0])
    one, y = np.eye(3), np.array([1.0, -1.0, 1.0])
    assert LOSSES["logistic"](eta, X=one, y=y) == pytest.approx(
        -stats.logistic.logcdf(y * eta).mean()
    )
    counts = np.array([0.0, 2.0, 5.0])
    factorials = [math.lgamma(k + 1) for k in counts]
    assert LOSSES["poisson"](eta, X=one, y=counts) == pytest.approx(
        -(stats.poisson.logpmf(counts, np.exp(eta)) + factorials).mean()
    )
    risk = np.exp(eta)
    likelihood = [risk[0] / risk.sum(), risk[1] / risk[1:].sum(), 1.0]
    assert LOSSES["cox"](eta, X=one, event=np.ones(3)) == pytest.approx(-np.log(likelihood).mean())


@pytest.mark.parametrize("model", REGRESSIONS)
def test_regressions_are_their_tasks(model):
    problem = small(model)
    regression = as_regression(model, problem.arrays)
    params = np.abs(np.random.default_rng(2).standard_normal(problem.dimension))
    eta = regression.A @ params
    value = (
        np.logaddexp(0.0, -eta).sum() if regression.y is None else np.sum((regression.y - eta) ** 2)
    )
    ratio = LOSSES[model](params, **problem.arrays) / value
    again = LOSSES[model](0.0 * params, **problem.arrays)
    at_zero = len(eta) * math.log(2.0) if regression.y is None else np.sum(regression.y**2)
    assert again / at_zero == pytest.approx(ratio)  # one factor: 1, 1 / n or 1 / rows


@pytest.mark.parametrize("model", REGRESSIONS)
def test_refits_are_minimisers_on_their_support(model):
    problem = small(model)
    support = np.flatnonzero(
        np.isin(
            np.arange(problem.dimension) if problem.group is None else problem.group, problem.truth
        )
    )
    params = refit(as_regression(model, problem.arrays), support)
    assert not np.delete(params, support).any()

    def on_support(values):
        full = np.zeros(problem.dimension)
        full[support] = values
        return LOSSES[model](full, **problem.arrays)

    best = minimize(on_support, np.full(len(support), 0.1), method="L-BFGS-B").fun
    assert on_support(params[support]) <= best + 1e-6 * abs(best)


def test_a_cut_keeps_the_largest_groups():
    problem = Problem("linear", {}, 6, 2, np.array([0]), group=np.array([0, 0, 1, 1, 2, 2]))
    assert list(cut(np.array([3.0, 0, 1, 1, 2, 2]), problem)) == [0, 1, 4, 5]
    alone = Problem("linear", {}, 4, 3, np.array([0]))
    assert list(cut(np.array([0.0, -3, 0, 1]), alone)) == [1, 3]


def test_the_criterion_chooses_the_truth_on_a_path():
    problem = generate(Task("t", "t", "linear", 200, 40, 3), 0)
    X, y = problem.arrays["X"], problem.arrays["y"]
    supports = [problem.truth[:2], problem.truth, np.append(problem.truth, 39)]
    chosen = best_of_path(X, y, supports, range(8))
    assert list(np.flatnonzero(chosen)) == list(problem.truth)
    loss = LOSSES["linear"](chosen, X=X, y=y)
    expected = 200 * math.log(loss) + 3 * math.log(40) * math.log(math.log(200))
    assert gic(loss, 40, 3, 200) == pytest.approx(expected)


# Statistics and what they are shown in


def test_ratios_are_over_common_seeds():
    records = [ok("a", "scope", k, seconds=1.0 + k) for k in range(3)]
    records += [ok("a", "abess", 2, seconds=9.0), ok("a", "abess", 5, seconds=1e9)]
    assert warm.ratio(records, "a", "abess") == pytest.approx(3.0)
    assert warm.means_of_ratios(records) == {"scope": 1.0, "abess": pytest.approx(3.0)}
    assert report.quartiles(records[:3]) == (2.0, 1.5, 2.5)


def test_an_exponent_is_a_slope_of_logarithms():
    sizes = [1.0, 2.0, 4.0, 8.0]
    assert report.exponent(sizes, [5.0 * x**1.7 for x in sizes]) == pytest.approx(1.7)
    assert math.isnan(report.exponent(sizes[:2], [1.0, 2.0]))


def test_growth_is_read_from_the_names_of_tasks():
    records = [
        ok(task.name, "scope", 0, seconds=float(task.n))
        for task in select(["scaling"])
        if task.name.startswith("linear:n=")
    ]
    row = scaling.show(records).tables[0].rows[0]
    assert row[:4] == ["linear", "n", "scope", "1"]


def test_the_quick_comparison_finds_what_is_behind():
    mine = [ok("a", "scope", k) for k in range(2)]
    assert quick.faults("a", mine + [ok("a", "abess", k, seconds=0.1) for k in range(2)]) == []
    better = [ok("a", "abess", 0), ok("a", "abess", 1, objective=0.9)]
    assert quick.faults("a", mine + better) == ["a: objective above abess's at seeds [1]"]
    other = [ok("a", "scope", 0, recovery=0.5), ok("a", "abess", 0)]
    assert quick.faults("a", other) == ["a: recovery below abess's"]
    failed = [{**mine[0], "outcome": "time limit"}]
    assert quick.faults("a", failed) == ["a: 1x time limit"]
    absent = [*mine, {**ok("a", "abess", 0), "outcome": "not started"}]
    assert quick.faults("a", absent) == ["a: nothing of abess's to compare with"]


def test_instructions_fail_on_a_rise_of_the_same_compiler_only():
    baseline = {"compiler": "gcc 12", "counts": {"a": 1000, "b": 1000}}
    found = {"compiler": "gcc 12", "counts": {"a": 1099, "b": 1101, "c": 5}}
    assert instructions.compare(found, baseline)[1] == ["b"]
    assert instructions.compare({**found, "compiler": "gcc 14"}, baseline)[1] == []


def test_a_table_is_text_and_markdown():
    table = Table("title", ["task", "ms"], [["a|b", "<1"]])
    assert table.text().splitlines()[1] == "task  ms"
    assert table.markdown().splitlines()[2] == r"| a\|b | &lt;1 |"
    numbers = Table("title", ["task", "peer", "ms"], [["a", "b", "1.5 [1, 2e3]"], ["c", "d", "-"]])
    assert numbers.markdown().splitlines()[1] == "| --- | --- | --: |"


def test_peers_come_in_one_order_scope_first():
    shuffled = [ok("a", peer, 0) for peer in ("cvxpy", "abess", "scope", "skscope-nojit")]
    assert report.peers(shuffled) == ["scope", "skscope-nojit", "abess", "cvxpy"]


def test_a_journal_goes_on_where_it_ended(tmp_path):
    path = tmp_path / "results.json"
    about = {"date": "2026-01-01", "seeds": 2}
    first = store.Journal(store.Store(path), "warm", about, resume=False)
    first.add("a", "abess", 0, {"outcome": "ok", "versions": {"abess": "1"}, "support": [1]})
    first.close({"x": 1})
    again = store.Journal(store.Store(path), "warm", about, resume=True)
    assert again.knows("a", "abess", 0)
    assert not again.knows("a", "abess", 1)
    again.close()
    kept = json.loads(path.read_text())["sections"]["warm"]
    assert len(kept["runs"]) == 2
    assert kept["versions"] == {"abess": {"abess": "1"}}
    anew = store.Journal(store.Store(path), "warm", about, resume=False)
    assert anew.records == []


def circumstances(name):
    machine = {"processor": "P", "cores": 2, "memory": 2**30, "system": "S", "load": [0.5, 0, 0]}
    run = {"date": "2026-01-01T00:00:00+00:00", "revision": "abc", "seeds": 2, "limit": 60.0,
           "budget": None, "machine": machine, "command": f"python -m benchmarks {name}",
           "environment": {"OMP_NUM_THREADS": "1"}}  # fmt: skip
    return {"runs": [run], "versions": {"abess": {"abess": "0.4.11"}}}


def test_the_page_shows_what_was_measured_and_says_what_was_not():
    memory = {"data": 1e6, "resident_before": 1e6, "peak": 4e6, "peak_before_solve": 3e6}
    fields = {"import_seconds": 0.5, "evaluations": 17, "memory": memory}
    records = [
        ok("linear", peer, seed, seconds=seconds * (1 + seed), **fields)
        for seed in range(2)
        for peer, seconds in (("scope", 0.01), ("skscope", 0.5), ("abess", 0.02))
    ]
    aborted = {"task": "linear", "peer": "cvxpy", "seed": 0, "outcome": "aborted (SIGABRT)"}
    sections = {
        name: {**circumstances(name), "records": [*records, aborted]} for name in ("warm", "cold")
    }
    text = page.render(sections)
    assert "| linear | skscope | 2 | 750 [625, 875] | 50 | - |" in text
    assert "| linear | cvxpy | 0 | - | - | 1x aborted (SIGABRT) |" in text
    assert "| linear | scope | 2 | 15 [12.5, 17.5] | 1 | 500 | 17 | 3 | - |" in text
    assert "`python -m benchmarks cold`" in text
    assert page._NOTHING in text  # of the other sections
    assert "skscope 0.1.8 (`jit=True`) 50 times (warm solves, 1 tasks)" in page.summary(sections)
    assert page.summary({}) == "Nothing is measured yet."


def test_the_revision_is_that_of_what_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "BUILD", tmp_path)
    monkeypatch.setattr(environments, "_installed", lambda folder: ["pandas"])
    asked = []
    monkeypatch.setattr(environments, "_pip", lambda python, *words: asked.append(words))
    (tmp_path / "scope").mkdir()
    wheel = tmp_path / "scope.whl"
    wheel.write_bytes(b"new")
    environments.prepare("scope", wheel, install=True)
    assert any("--force-reinstall" in words for words in asked)  # the version may be the same
    first = environments.installed_revision()
    wheel.write_bytes(b"newer")
    environments.prepare("scope", wheel, install=False)
    assert environments.installed_revision() == first
    environments.prepare("scope", wheel, install=True)
    assert environments.installed_revision() != first


def test_large_data_are_shown_as_shares():
    memory = {"data": 1e9, "resident_before": 1e8, "peak": 1.3e9, "peak_before_solve": 1.1e9}
    row = large.show([ok("linear-tall", "scope", 0, memory=memory)]).tables[0].rows[0]
    assert row[3:6] == ["1000", "1.000", "1.200"]


def test_the_readme_quotes_the_page():
    readme = page.README.read_text(encoding="utf-8")
    quoted = readme.split(page.MARK)[1].strip()
    assert quoted
    assert quoted in page.PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_results_say():
    assert page.PAGE.read_text(encoding="utf-8") == page.render(store.Store(page.RESULTS).sections)


def test_all_commands_have_tasks_and_peers_of_the_catalogue():
    for name, command in commands.COMMANDS.items():
        assert command.select(list(command.tasks)), name
        assert set(command.peers) <= set(commands.ALL_PEERS)


def test_a_peer_that_dies_or_hangs_is_a_result(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "BUILD", tmp_path)
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'import os; os.abort()'\n")
    script.chmod(0o755)
    with session.Process("abess", script) as process:
        assert process.hello["outcome"] == "aborted (SIGABRT)"
    monkeypatch.setattr(session, "_START_LIMIT", 0.2)
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    with session.Process("abess", script) as process:
        assert process.hello["outcome"] == "time limit"
    with session.Process("abess", Path("nowhere")) as process:
        assert process.ask(1.0, command="solve")["outcome"] == "not started: not installed"
