#include <cstdint>
#include <string>

#include "bindings.hpp"
#include "scope/error.hpp"
#include "scope/operators.hpp"

namespace scope::bindings {

namespace {

using Block = std::shared_ptr<const DesignMatrix>;
template <class Scalar>
using Contiguous = py::array_t<Scalar, py::array::c_style>;

template <class Scalar>
void require_aligned(const py::array_t<Scalar>& array) {
  if (reinterpret_cast<std::uintptr_t>(array.data()) % alignof(Scalar) != 0) {
    throw InvalidArgument("an array should be aligned.");
  }
}

/// A view of a NumPy matrix; the array has to be kept alive.
template <class Scalar>
Block view_of(const py::array_t<Scalar>& array, Index threads) {
  const auto item = static_cast<py::ssize_t>(sizeof(Scalar));
  const auto rows = array.shape(0);
  const auto cols = array.shape(1);
  const bool by_rows = cols == 1 || array.strides(1) == item;
  const bool by_columns = rows == 1 || array.strides(0) == item;
  if (!by_rows && !by_columns) {
    throw InvalidArgument("a matrix should be contiguous along one of its axes.");
  }
  const int axis = by_rows ? 0 : 1;
  if (array.shape(axis) > 1 && array.strides(axis) % item != 0) {
    throw InvalidArgument("strides of a matrix should be multiples of the size of its entries.");
  }
  require_aligned(array);
  const auto layout = by_rows ? Layout::row_major : Layout::column_major;
  return dense_view(array.data(), rows, cols, array.strides(axis) / item, layout, threads);
}

Block view_of_any(const py::array& array, Index threads) {
  if (array.ndim() != 2) throw InvalidArgument("a matrix should have two axes.");
  if (py::isinstance<py::array_t<float>>(array)) {
    return view_of(py::array_t<float>(array), threads);
  }
  if (py::isinstance<py::array_t<double>>(array)) {
    return view_of(py::array_t<double>(array), threads);
  }
  throw InvalidArgument("a matrix should be of float32 or float64.");
}

/// `array` as one contiguous axis: itself if possible.
template <class Scalar>
Contiguous<Scalar> flat(const py::array& array, const char* name) {
  if (array.ndim() != 1) throw InvalidArgument(std::string(name) + " should have one axis.");
  const Contiguous<Scalar> contiguous(array);
  require_aligned<Scalar>(contiguous);
  return contiguous;
}

IndexList list_of(const py::array& array, const char* name) {
  if (!py::isinstance<py::array_t<std::int32_t>>(array) &&
      !py::isinstance<py::array_t<std::int64_t>>(array)) {
    throw InvalidArgument(std::string(name) + " should be of int32 or int64.");
  }
  const auto values = flat<Index>(array, name);
  return {values.data(), values.data() + values.size()};
}

/// Blocks with the arrays and matrices that they view.
class PyBlockMatrix : public BlockMatrix {
 public:
  using BlockMatrix::BlockMatrix;

  void place_array(const py::array& array, Index row, Index col, double scale, Index threads) {
    place_block(view_of_any(array, threads), row, col, scale);
    owners_.push_back(array);
  }

  void place_sparse(const py::array& data, const py::array& indices, const py::array& indptr,
                    Index rows, Index cols, Index row, Index col, double scale, bool by_rows) {
    const SparseShape shape{list_of(indptr, "indptr"), rows, cols,
                            by_rows ? Layout::row_major : Layout::column_major};
    Block block;
    if (py::isinstance<py::array_t<float>>(data)) {
      block = sparse_of<float>(data, indices, shape);
    } else if (py::isinstance<py::array_t<double>>(data)) {
      block = sparse_of<double>(data, indices, shape);
    } else {
      throw InvalidArgument("data should be of float32 or float64.");
    }
    place_block(std::move(block), row, col, scale);
  }

  void place_identity(Index size, Index row, Index col, double scale) {
    place_block(identity(size), row, col, scale);
  }

  void place_prefix_sums(Index outer, Index length, Index inner, Index row, Index col, double scale,
                         bool reverse) {
    place_block(prefix_sums(outer, length, inner, reverse), row, col, scale);
  }

  void place_kronecker(const py::array& array, Index row, Index col, double scale, Index left,
                       Index right) {
    place_block(kronecker(left, view_of_any(array, 1), right), row, col, scale);
    owners_.push_back(array);
  }

  void place_taken(const py::object& object, const py::array& columns, Index span, Index row,
                   Index col, double scale) {
    auto& inner = object.cast<PyBlockMatrix&>();
    if (&inner == this) throw InvalidArgument("a matrix should not be a block of itself.");
    // Not owned here: `object` is, which only Python may release.
    const Block block(Block(), &inner);
    place_block(taken_columns(block, list_of(columns, "columns"), span), row, col, scale);
    owners_.push_back(object);
    inner.taken_ = true;
  }

 private:
  struct SparseShape {
    IndexList starts;
    Index rows;
    Index cols;
    Layout layout;
  };

  template <class Scalar>
  Block sparse_of(const py::array& data, const py::array& indices, const SparseShape& shape) {
    const auto entries = flat<Scalar>(data, "data");
    owners_.push_back(entries);
    if (py::isinstance<py::array_t<std::int32_t>>(indices)) {
      return sparse_from<Scalar, std::int32_t>(entries, indices, shape);
    }
    if (py::isinstance<py::array_t<std::int64_t>>(indices)) {
      return sparse_from<Scalar, std::int64_t>(entries, indices, shape);
    }
    throw InvalidArgument("indices should be of int32 or int64.");
  }

  template <class Scalar, class Position>
  Block sparse_from(const Contiguous<Scalar>& entries, const py::array& indices,
                    const SparseShape& shape) {
    const auto places = flat<Position>(indices, "indices");
    owners_.push_back(places);
    require_size("indices", entries.size(), places.size());
    if (!shape.starts.empty() && shape.starts.back() > entries.size()) {
      throw InvalidArgument("indptr should not point behind the last entry.");
    }
    return sparse_view(entries.data(), places.data(), shape.starts, shape.rows, shape.cols,
                       shape.layout);
  }

  /// A block of another matrix stays as it is: no matrix can come to contain itself.
  void place_block(Block block, Index row, Index col, double scale) {
    if (taken_) throw InvalidArgument("a matrix that is a block of another should not change.");
    place(std::move(block), row, col, scale);
  }

  std::vector<py::object> owners_;
  bool taken_ = false;
};

}  // namespace

void bind_design(py::module_& module) {
  using py::arg;
  py::class_<DesignMatrix>(module, "DesignMatrix")
      .def_property_readonly("rows", &DesignMatrix::rows)
      .def_property_readonly("cols", &DesignMatrix::cols);
  py::class_<PyBlockMatrix, DesignMatrix>(module, "BlockMatrix")
      .def(py::init<Index, Index>(), arg("rows"), arg("cols"))
      .def("place", &PyBlockMatrix::place_array, arg("matrix"), arg("first_row"), arg("first_col"),
           arg("scale") = 1.0, py::kw_only(), arg("threads") = 1)
      .def("place_sparse", &PyBlockMatrix::place_sparse, arg("data"), arg("indices"), arg("indptr"),
           arg("rows"), arg("cols"), arg("first_row"), arg("first_col"), arg("scale"),
           arg("by_rows") = false)
      .def("place_identity", &PyBlockMatrix::place_identity, arg("size"), arg("first_row"),
           arg("first_col"), arg("scale"))
      .def("place_prefix_sums", &PyBlockMatrix::place_prefix_sums, arg("outer"), arg("length"),
           arg("inner"), arg("first_row"), arg("first_col"), arg("scale"), py::kw_only(),
           arg("reverse"))
      .def("place_kronecker", &PyBlockMatrix::place_kronecker, arg("matrix"), arg("first_row"),
           arg("first_col"), arg("scale"), py::kw_only(), arg("left"), arg("right"))
      .def("place_taken", &PyBlockMatrix::place_taken, arg("matrix"), arg("columns"), arg("span"),
           arg("first_row"), arg("first_col"), arg("scale"));
}

}  // namespace scope::bindings
