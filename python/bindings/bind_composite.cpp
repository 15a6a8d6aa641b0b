#include "bindings.hpp"
#include "py_outer_function.hpp"
#include "scope/error.hpp"

namespace scope::bindings {

namespace {

/// A view of a NumPy matrix that keeps the array alive.
template <class Scalar>
std::shared_ptr<DesignMatrix> view_of(const py::array_t<Scalar>& array) {
  const auto item = static_cast<py::ssize_t>(sizeof(Scalar));
  const auto rows = array.shape(0);
  const auto cols = array.shape(1);
  const bool by_rows = cols == 1 || array.strides(1) == item;
  const bool by_columns = rows == 1 || array.strides(0) == item;
  if (!by_rows && !by_columns) {
    throw InvalidArgument("a matrix should be contiguous along one of its axes.");
  }
  const auto layout = by_rows ? Layout::row_major : Layout::column_major;
  const auto stride = array.strides(by_rows ? 0 : 1) / item;
  return {dense_view(array.data(), rows, cols, stride, layout)};
}

/// Blocks with the arrays that they view.
class PyBlockMatrix : public BlockMatrix {
 public:
  using BlockMatrix::BlockMatrix;

  void place_array(const py::array& array, Index first_row, Index first_col, double scale) {
    if (array.ndim() != 2) throw InvalidArgument("a matrix should have two axes.");
    if (py::isinstance<py::array_t<float>>(array)) {
      place_typed(py::array_t<float>(array), first_row, first_col, scale);
    } else if (py::isinstance<py::array_t<double>>(array)) {
      place_typed(py::array_t<double>(array), first_row, first_col, scale);
    } else {
      throw InvalidArgument("a matrix should be of float32 or float64.");
    }
  }

 private:
  template <class Scalar>
  void place_typed(const py::array_t<Scalar>& array, Index first_row, Index first_col,
                   double scale) {
    place(view_of(array), first_row, first_col, scale);
    arrays_.push_back(array);
  }

  std::vector<py::array> arrays_;
};

struct OuterOwner {
  PyOuterFunction outer;
};

/// Owns g; the matrix is kept alive by Python.
class PyComposite : private OuterOwner, public CompositeObjective {
 public:
  PyComposite(const DesignMatrix& design, PyOuterFunction function)
      : OuterOwner{std::move(function)},
        CompositeObjective(design, OuterOwner::outer) {}
};

}  // namespace

void bind_composite(py::module_& module) {
  py::class_<DesignMatrix>(module, "DesignMatrix")
      .def_property_readonly("rows", &DesignMatrix::rows)
      .def_property_readonly("cols", &DesignMatrix::cols);
  py::class_<PyBlockMatrix, DesignMatrix>(module, "BlockMatrix")
      .def(py::init<Index, Index>(), py::arg("rows"), py::arg("cols"))
      .def("place", &PyBlockMatrix::place_array, py::arg("matrix"), py::arg("first_row"),
           py::arg("first_col"), py::arg("scale") = 1.0);
  py::class_<PyComposite, Objective>(module, "Composite")
      .def(py::init([](const DesignMatrix& design, py::function evaluate,
                       py::object hessian_products) {
             return std::make_unique<PyComposite>(
                 design,
                 PyOuterFunction(design.rows(), std::move(evaluate), std::move(hessian_products)));
           }),
           py::arg("design"), py::arg("evaluate"), py::kw_only(),
           py::arg("hessian_products") = py::none(), py::keep_alive<1, 2>());
}

}  // namespace scope::bindings
