#include "bindings.hpp"
#include "py_function.hpp"
#include "scope/error.hpp"
#include "scope/screened.hpp"

namespace scope::bindings {

namespace {

struct FunctionOwner {
  PyFunction function;
};

/// Owns the function that its base refers to; the owner is constructed first.
class PyBlackBox : private FunctionOwner, public BlackBoxObjective {
 public:
  explicit PyBlackBox(PyFunction callbacks)
      : FunctionOwner{std::move(callbacks)},
        BlackBoxObjective(FunctionOwner::function) {}
};

}  // namespace

namespace {

std::pair<double, Vector> value_and_gradient(Objective& objective, const IndexList& variables,
                                             const Vector& values) {
  Vector gradient;
  const double value = objective.value_and_gradient(variables, values, gradient);
  return {value, gradient};
}

/// The Hessian's diagonal blocks, one after another.
Vector curvature(Objective& objective, const Groups& groups, const IndexList& variables,
                 const Vector& values) {
  if (!objective.has_curvature()) throw InvalidArgument("the objective has no curvature.");
  BlockDiagonal blocks(groups);
  objective.curvature(variables, values, blocks);
  return blocks.values();
}

Matrix hessian(Objective& objective, const IndexList& variables, const Vector& values) {
  const auto restriction = objective.restrict_to(variables);
  Matrix found;
  if (!restriction->has_hessian()) throw InvalidArgument("the objective has no Hessian.");
  Vector gradient;
  restriction->value_and_gradient(values, gradient);
  restriction->hessian(values, found);
  return found;
}

void bind_groups(py::module_& module) {
  py::class_<Groups>(module, "Groups")
      .def_static("singletons", &Groups::singletons, py::arg("dimension"))
      .def_static("from_labels", &Groups::from_labels, py::arg("labels"))
      .def_property_readonly("count", &Groups::count)
      .def_property_readonly("dimension", &Groups::dimension)
      .def("variables_of", &Groups::variables_of, py::arg("active"));
}

}  // namespace

void bind_objective(py::module_& module) {
  py::class_<Objective>(module, "Objective")
      .def_property_readonly("dimension", &Objective::dimension)
      .def_property_readonly("has_curvature", &Objective::has_curvature)
      .def_property_readonly("lower", [](const Objective& self) { return self.bounds().lower; })
      .def_property_readonly("upper", [](const Objective& self) { return self.bounds().upper; })
      .def_property_readonly("evaluations",
                             [](const Objective& self) { return self.evaluations(); })
      .def("value", &Objective::value, py::arg("variables"), py::arg("values"),
           py::call_guard<py::gil_scoped_release>())
      .def("curvature", &curvature, py::arg("groups"), py::arg("variables"), py::arg("values"),
           py::call_guard<py::gil_scoped_release>())
      .def("value_and_gradient", &value_and_gradient, py::arg("variables"), py::arg("values"),
           py::call_guard<py::gil_scoped_release>())
      .def("hessian", &hessian, py::arg("variables"), py::arg("values"),
           py::call_guard<py::gil_scoped_release>());

  py::class_<PyBlackBox, Objective>(module, "BlackBox")
      .def(py::init([](Index dimension, py::function value_and_gradient, py::object hessian,
                       py::object curvature) {
             return std::make_unique<PyBlackBox>(
                 PyFunction(dimension, std::move(value_and_gradient), std::move(hessian),
                            std::move(curvature)));
           }),
           py::arg("dimension"), py::arg("value_and_gradient"), py::kw_only(),
           py::arg("hessian") = py::none(), py::arg("curvature") = py::none());

  bind_groups(module);
  py::class_<ScreenedObjective, Objective>(module, "Screened")
      .def(py::init<Objective&, Groups, IndexList>(), py::arg("objective"), py::arg("groups"),
           py::arg("kept"), py::keep_alive<1, 2>());
}

}  // namespace scope::bindings
