"""How Sphinx builds the pages: ``nox -s docs``."""

import importlib.util
import re
import sys
from pathlib import Path

import matplotlib as mpl

import scope

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # `drawing`, and `benchmarks` for its figures

project = "scope"
author = "the authors of scope"
copyright = author
version = release = scope.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "mathml",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "figures"]
templates_path = ["_templates"]
default_role = "autolink"  # `name`: a link where there is such a name in the package
nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]  # `name` is also a parameter, or of another package
suppress_warnings = ["config.cache"]  # the order of examples is a function

myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

autodoc_typehints = "none"  # types are in the docstrings, with shapes
autosummary_generate = True
numpydoc_show_class_members = False  # the template of classes lists them

html_math_renderer = "mathml"
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "scope"
html_static_path = ["_static"]
html_css_files = ["scope.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-light",
    "pygments_dark_style": "a11y-dark",
    "footer_start": ["sphinx-version"],
    "footer_end": ["theme-version"],
}

WITH_PAGES_BELOW = {"examples", "models"}  # and the API reference
html_sidebars = {
    page: []
    for page in {*(path.stem for path in HERE.glob("*.md")), "genindex", "search"}
    - WITH_PAGES_BELOW
}

FAMILIES = HERE.parent / "examples" / "README.md"
LISTED = re.findall(r"\((\w+)\.py\)", FAMILIES.read_text(encoding="utf-8"))


def as_in_the_table(filename):
    """Sort key of examples: their place in the table of families."""
    return LISTED.index(Path(filename).stem)


def with_figure(gallery_conf, script_vars):
    """Arguments of a script that is executed for the gallery."""
    return ["--plot"]


sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/\w+\.py$",
    "within_subsection_order": as_in_the_table,
    "reset_argv": with_figure,
    "default_thumb_file": str(HERE / "_figures" / "thumbnail.png"),
    "download_all_examples": False,
    "notebook_extensions": set(),
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "abort_on_example_error": True,
}


def add_from_elsewhere(app, docname, source):
    """Complete the pages that show a file of the repository; drop what only doctest needs."""
    if docname == "models":
        table = FAMILIES.read_text(encoding="utf-8").partition("\n\n")[2]
        source[0] += re.sub(r"\((\w+)\.py\)", r"(auto_examples/\1.rst)", table)
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def skip_older_names(app, what, name, found, skip, options):
    """Leave out spellings of 2022-2023, and what scikit-learn adds to its estimators."""
    origin = getattr(getattr(found, "fget", found), "__module__", "") or ""
    elsewhere = origin == "scope._legacy" or origin.startswith("sklearn.")
    return True if elsewhere or name.endswith("_request") else skip


def draw_figures(app, config):
    """Draw the pictures of the pages, for light and dark themes."""
    mpl.use("agg")
    target = HERE / "_figures"
    target.mkdir(exist_ok=True)
    for script in sorted((HERE / "figures").glob("*.py")):
        location = importlib.util.spec_from_file_location(f"figure_{script.stem}", script)
        module = importlib.util.module_from_spec(location)
        location.loader.exec_module(module)
        module.save(target)


def setup(app):
    """Connect the functions above."""
    app.connect("config-inited", draw_figures, priority=1)
    app.connect("source-read", add_from_elsewhere)
    app.connect("autodoc-skip-member", skip_older_names)
