#include "bindings.hpp"
#include "py_function.hpp"

namespace scope::bindings {

namespace {

struct FunctionOwner {
  PyFunction function;
};

/// Owns the function that its base refers to; the owner is constructed first.
class PyBlackBox : private FunctionOwner, public BlackBoxObjective {
 public:
  explicit PyBlackBox(PyFunction function)
      : FunctionOwner{std::move(function)},
        BlackBoxObjective(FunctionOwner::function) {}
};

}  // namespace

void bind_objective(py::module_& module) {
  py::class_<Objective>(module, "Objective")
      .def_property_readonly("dimension", &Objective::dimension)
      .def_property_readonly("has_curvature", &Objective::has_curvature);

  py::class_<PyBlackBox, Objective>(module, "BlackBox")
      .def(py::init([](Index dimension, py::function value_and_gradient, py::object hessian,
                       py::object curvature) {
             return std::make_unique<PyBlackBox>(
                 PyFunction(dimension, std::move(value_and_gradient), std::move(hessian),
                            std::move(curvature)));
           }),
           py::arg("dimension"), py::arg("value_and_gradient"), py::kw_only(),
           py::arg("hessian") = py::none(), py::arg("curvature") = py::none());

  py::class_<Groups>(module, "Groups")
      .def_static("singletons", &Groups::singletons, py::arg("dimension"))
      .def_static("from_labels", &Groups::from_labels, py::arg("labels"))
      .def_property_readonly("count", &Groups::count)
      .def_property_readonly("dimension", &Groups::dimension)
      .def("variables_of", &Groups::variables_of, py::arg("active"));
}

}  // namespace scope::bindings
