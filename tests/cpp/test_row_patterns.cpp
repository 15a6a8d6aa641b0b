#include "scope/row_patterns.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"

using namespace scope;
using namespace scope::fakes;

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
    const RowPatterns patterns(columns, places);
    if (!patterns.are_few()) continue;
    ++compared;
    const Matrix gram = patterns.gram(weight);
    CHECK((gram - chosen.transpose() * weight.asDiagonal() * chosen).norm() < 1e-12);
    CHECK(gram == gram.transpose());
  }
  CHECK(compared >= 20);
}

TEST_CASE("no columns, and no rows") {
  CHECK(RowPatterns(noise(5, 2), {}).gram(Vector::Ones(5)).size() == 0);
  CHECK(RowPatterns(Matrix(0, 2), {0, 1}).gram(Vector()) == Matrix::Zero(2, 2));
}
