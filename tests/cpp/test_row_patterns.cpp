#include "scope/row_patterns.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

RowPatterns patterns_of(const Matrix& columns, const IndexList& places) {
  RowNumbers numbers;
  numbers.update(columns, places, IndexList(static_cast<std::size_t>(columns.cols()), 0));
  return RowPatterns(columns, places, numbers);
}

}  // namespace

TEST_CASE("Gram matrices of sparse columns, whatever their patterns") {
  int compared = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Matrix columns = noise(30, 9, seed);
    Matrix mask = noise(30, 9, seed + 100);
    if (seed % 2 == 0) mask = mask.topRows(2).replicate(15, 1).eval();  // two patterns
    const double share = -1.5 + 0.08 * seed;  // from few zeros to nothing but zeros
    for (Index i = 0; i < columns.size(); ++i) {
      if (mask(i) < share) columns(i) = 0.0;
    }
    const IndexList places{7, 0, 3, 4};
    const Vector weight = noise(30, 1, seed + 200);
    const Matrix chosen = columns(Eigen::all, places);
    const RowPatterns patterns = patterns_of(columns, places);
    if (!patterns.are_few()) continue;
    ++compared;
    const Matrix gram = patterns.gram(weight);
    CHECK((gram - chosen.transpose() * weight.asDiagonal() * chosen).norm() < 1e-12);
    CHECK(gram == gram.transpose());
  }
  CHECK(compared >= 20);
}

TEST_CASE("no columns, and no rows") {
  CHECK(patterns_of(noise(5, 2), {}).gram(Vector::Ones(5)).size() == 0);
  CHECK(patterns_of(Matrix(0, 2), {0, 1}).gram(Vector()) == Matrix::Zero(2, 2));
}

TEST_CASE("numbers follow columns that come, go, and are overwritten") {
  Matrix columns = noise(40, 6, 7);
  for (Index i = 0; i < columns.size(); ++i) {
    if (columns(i) < 0.3) columns(i) = 0.0;
  }
  IndexList versions(6, 1);
  RowNumbers numbers;
  unsigned seed = 8;
  for (const IndexList& places :
       {IndexList{0, 1, 2}, IndexList{2, 5}, IndexList{}, IndexList{5, 0}, IndexList{0, 3, 5}}) {
    for (const bool overwritten : {false, true}) {
      if (overwritten && !places.empty()) {
        columns.col(places.front()) = noise(40, 1, ++seed).cwiseMax(0.0);
        ++versions[static_cast<std::size_t>(places.front())];
      }
      numbers.update(columns, places, versions);
      const Matrix chosen = columns(Eigen::all, places);
      CHECK(numbers.nonzeros() ==
            static_cast<std::uint64_t>((chosen.array() != 0.0).cast<int>().sum()));
      for (Index i = 0; i < 40; ++i) {
        for (Index j = 0; j < 40; ++j) {
          const bool alike =
              ((chosen.row(i).array() != 0.0) == (chosen.row(j).array() != 0.0)).all();
          const auto& found = numbers.numbers();
          CHECK((found[static_cast<std::size_t>(i)] == found[static_cast<std::size_t>(j)]) ==
                alike);
        }
      }
    }
  }
}
