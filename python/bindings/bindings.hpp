#pragma once

#include "pybind.hpp"

namespace scope::bindings {

void bind_objective(py::module_& module);
void bind_design(py::module_& module);
void bind_composite(py::module_& module);
void bind_solvers(py::module_& module);

}  // namespace scope::bindings
