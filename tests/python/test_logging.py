"""Logs appear where they are asked for, and nowhere else."""

import logging

import pytest

from scope import ScopeSolver


def test_a_file_gets_the_levels_asked_for(squared_error, tmp_path):
    file = tmp_path / "new" / "folder" / "solve.log"
    ScopeSolver(10, 3, file_log_level="Debug", log_file_name=str(file)).solve(squared_error)
    assert "sparsity=3" in file.read_text()


def test_a_warning_tells_of_a_status_that_is_not_converged(squared_error, tmp_path):
    file = tmp_path / "solve.log"
    options = {"file_log_level": "warning", "log_file_name": str(file)}
    ScopeSolver(10, 3, **options).solve(squared_error)
    assert file.read_text() == ""
    ScopeSolver(10, 3, max_iter=0, **options).solve(squared_error)
    assert "sparsity 3: iteration_limit" in file.read_text()


@pytest.mark.parametrize(("level", "written"), [("off", False), ("debug", True)])
def test_the_console(squared_error, capsys, level, written):
    ScopeSolver(10, 3, console_log_level=level).solve(squared_error)
    captured = capsys.readouterr()
    assert ("sparsity=3" in captured.err) is written
    assert captured.out == ""


def test_off_makes_no_file_and_no_handler(squared_error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = list(logging.getLogger().handlers)
    ScopeSolver(10, 3).solve(squared_error)
    assert list(tmp_path.iterdir()) == []
    assert logging.getLogger().handlers == before
