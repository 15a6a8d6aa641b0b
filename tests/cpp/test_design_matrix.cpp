#include "scope/design_matrix.hpp"

#include "design_checks.hpp"
#include "scope/error.hpp"
#include "scope/parallel.hpp"
#include <doctest/doctest.h>

using namespace scope;
using namespace scope::fakes;

namespace {

template <class Scalar>
void check_layouts(Index rows, Index cols) {
  const Matrix dense = noise(rows, cols).cast<Scalar>().template cast<double>();
  const RowMajor<Scalar> by_rows = dense.cast<Scalar>();
  check_against(*dense_view(by_rows.data(), rows, cols, cols, Layout::row_major), dense);
  const ColumnMajor<Scalar> by_columns = dense.cast<Scalar>();
  check_against(*dense_view(by_columns.data(), rows, cols, rows, Layout::column_major), dense);
}

}  // namespace

TEST_CASE("kernels agree with dense algebra, for both scalars and layouts, across blocks") {
  for (const auto& [rows, cols] : std::vector<std::pair<Index, Index>>{
           {0, 3}, {3, 0}, {1, 1}, {3, 2}, {8, 8}, {13, 21}, {9, 8209}, {8201, 9}, {1030, 1030}}) {
    check_layouts<double>(rows, cols);
    check_layouts<float>(rows, cols);
  }
}

TEST_CASE("a view may be a part of a larger matrix") {
  const Matrix whole = noise(9, 12);
  const RowMajor<double> by_rows = whole;
  check_against(*dense_view(by_rows.data() + 12 + 2, 5, 7, 12, Layout::row_major),
                whole.block(1, 2, 5, 7));
  check_against(*dense_view(whole.data() + 1 + 2 * Index{9}, 5, 7, 9, Layout::column_major),
                whole.block(1, 2, 5, 7));
}

TEST_CASE("the same input gives the same bits") {
  const Matrix dense = noise(700, 90);
  const auto view = dense_view(dense.data(), 700, 90, 700, Layout::column_major);
  const Vector slope = noise(700, 1, 3);
  Vector first = Vector::Zero(90);
  Vector second = Vector::Zero(90);
  view->add_transposed_product(slope, first);
  view->add_transposed_product(slope, second);
  CHECK(first == second);
}

TEST_CASE_TEMPLATE("the number of threads does not show in the bits", Scalar, double, float) {
  const Index rows = 1003;
  const Index cols = 1037;
  const ColumnMajor<Scalar> dense = noise(rows, cols).cast<Scalar>();
  const RowMajor<Scalar> by_rows = dense;
  const Vector slope = noise(rows, 1, 3);
  const Vector weight = noise(rows, 1, 4);
  for (const Layout layout : {Layout::row_major, Layout::column_major}) {
    const bool by_row = layout == Layout::row_major;
    std::vector<Vector> found;
    for (const Index threads : {1, 2, 3, 200}) {
      const auto view = dense_view(by_row ? by_rows.data() : dense.data(), rows, cols,
                                   by_row ? cols : rows, layout, threads);
      Vector alone = Vector::Zero(cols);
      Vector gradient = Vector::Zero(cols);
      Vector squares = Vector::Zero(cols);
      view->add_transposed_product(slope, alone);
      view->add_transposed_products(slope, weight, gradient, squares);
      CHECK(alone == gradient);
      found.push_back(gradient);
      found.push_back(squares);
      CHECK(found[0] == gradient);
      CHECK(found[1] == squares);
    }
    CHECK(close(found[0], dense.template cast<double>().transpose() * slope));
  }
}

TEST_CASE("ranges of a parallel loop meet, and their exceptions arrive") {
  for (const Index count : {0, 1, 7, 8, 9, 100}) {
    std::vector<int> visits(static_cast<std::size_t>(count), 0);
    parallel_for(count, 8, 3, [&](Index first, Index last) {
      CHECK(first % 8 == 0);
      for (Index k = first; k < last; ++k)
        ++visits[static_cast<std::size_t>(k)];
    });
    CHECK(visits == std::vector<int>(visits.size(), 1));
  }
  for (const Index bad : {0, 50, 99}) {
    CHECK_THROWS_AS(parallel_for(100, 1, 4,
                                 [&](Index first, Index last) {
                                   if (first <= bad && bad < last) throw InvalidArgument("bad");
                                 }),
                    InvalidArgument);
  }
  CHECK_THROWS_AS(dense_view<double>(nullptr, 1, 1, 1, Layout::row_major, 0), InvalidArgument);
  CHECK_THROWS_AS(dense_view<double>(nullptr, -1, 1, 1, Layout::row_major), InvalidArgument);
}

TEST_CASE("blocks: an intercept beside a product, a second product below") {
  const Matrix left = noise(6, 1);
  const Matrix right = noise(6, 4, 2);
  const Matrix below = noise(3, 5, 3);
  BlockMatrix design(9, 5);
  design.place(view(left), 0, 0);
  design.place(view(right), 0, 1);
  design.place(view(below), 6, 0, -2.0);
  Matrix dense(9, 5);
  dense << left, right, -2.0 * below;
  check_against(design, dense);
  CHECK_THROWS_AS(design.place(view(left), 3, 1), InvalidArgument);
  CHECK_THROWS_AS(design.place(view(below), 7, 0), InvalidArgument);
  const Index huge = std::numeric_limits<Index>::max();
  CHECK_THROWS_AS(design.place(view(below), huge, huge), InvalidArgument);
  CHECK_THROWS_AS(BlockMatrix(-1, 5), InvalidArgument);
}
