"""What a peer imports. Apart from its adapter, so that importing can be timed before NumPy is."""

PACKAGES = {
    "scope": "scope",
    "skscope": "skscope",
    "skscope-nojit": "skscope",
    "abess": "abess",
    "omp": "sklearn.linear_model",
    "lasso": "sklearn.linear_model",
    "skglm": "skglm",
    "cvxpy": "cvxpy",
}
