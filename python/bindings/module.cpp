#include "bindings.hpp"
#include "scope/error.hpp"

namespace {

/// The classes live in Python (scope.exceptions), where they also inherit from the built-in ones.
void translate(std::exception_ptr thrown) {
  if (!thrown) return;
  const auto raise = [](const char* name, const scope::Error& error) {
    const py::object type = py::module_::import("scope.exceptions").attr(name);
    PyErr_SetString(type.ptr(), error.what());
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const scope::InvalidArgument& error) {
    raise("InvalidArgumentError", error);
  } catch (const scope::NumericalError& error) {
    raise("NonFiniteError", error);
  }
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "Compiled engine of scope; internal, use scope.ScopeSolver.";
  py::register_local_exception_translator(&translate);
  scope::bindings::bind_objective(module);
  scope::bindings::bind_design(module);
  scope::bindings::bind_composite(module);
  scope::bindings::bind_solvers(module);
}
