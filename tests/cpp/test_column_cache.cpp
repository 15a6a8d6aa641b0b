#include "scope/column_cache.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fakes.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

struct Counted {
  Matrix matrix = noise(20, 60);
  Index gathered = 0;
  ColumnCache cache{20, 60, [this](const IndexList& variables, Eigen::Ref<Matrix> columns) {
                      gathered += static_cast<Index>(variables.size());
                      columns += matrix(Eigen::all, variables);
                    }};

  Matrix held(const IndexList& variables) {
    return cache.columns()(Eigen::all, cache.places_of(variables));
  }
};

}  // namespace

TEST_CASE("columns are those asked for, whatever was asked before") {
  Counted counted;
  for (Index step = 0; step < 40; ++step) {
    IndexList variables;
    for (Index j = step % 3; j < 60; j += 1 + (step * 7) % 11)
      variables.push_back(j);
    CHECK(counted.held(variables) == counted.matrix(Eigen::all, variables));
  }
}

TEST_CASE("a swap gathers its newcomers, and nothing when it is taken back") {
  Counted counted;
  counted.held({1, 5, 9});
  CHECK(counted.gathered == 3);
  counted.held({1, 7, 9});
  CHECK(counted.gathered == 4);
  counted.held({1, 5, 9});
  CHECK(counted.gathered == 4);
}

TEST_CASE("long columns are gathered few at once where their places are separate") {
  const Index rows = 200000;
  Index most = 0;
  const auto gather = [&most](const IndexList& variables, Eigen::Ref<Matrix> columns) {
    most = std::max(most, static_cast<Index>(variables.size()));
    for (std::size_t k = 0; k < variables.size(); ++k)
      columns.col(static_cast<Index>(k)).setConstant(static_cast<double>(variables[k]));
  };
  ColumnCache cache(rows, 60, gather);
  cache.places_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  cache.places_of({0, 2, 4, 6, 8, 10});
  most = 0;
  const IndexList variables{0, 2, 4, 6, 8, 20, 21, 22, 23, 24};
  const IndexList places = cache.places_of(variables);
  CHECK(most == 2);
  for (std::size_t k = 0; k < variables.size(); ++k)
    CHECK((cache.columns().col(places[k]).array() == static_cast<double>(variables[k])).all());
}

TEST_CASE("products with held columns") {
  Counted counted;
  const IndexList variables{2, 30, 31};
  const Vector weights = noise(3, 1, 4);
  const Vector vector = noise(20, 1, 5);
  const Matrix columns = counted.matrix(Eigen::all, variables);
  Vector found;
  counted.cache.product(variables, weights, found);
  CHECK((found - columns * weights).norm() < 1e-13);
  counted.cache.transposed_product(variables, vector, found);
  CHECK((found - columns.transpose() * vector).norm() < 1e-12);
}

TEST_CASE("a Gram matrix is completed by the newcomers only") {
  Counted counted;
  GramCache gram;
  const Vector weight = noise(20, 1, 8);
  Index multiplied = 0;
  const GramCache::Products products = [&](const IndexList& left, const IndexList& right) {
    multiplied += static_cast<Index>(right.size());
    const Matrix& columns = counted.cache.columns();
    const Matrix found =
        columns(Eigen::all, left).transpose() * weight.asDiagonal() * columns(Eigen::all, right);
    return found;
  };
  const auto check = [&](const IndexList& variables) {
    const Matrix columns = counted.matrix(Eigen::all, variables);
    const Matrix expected = columns.transpose() * weight.asDiagonal() * columns;
    const Matrix found = gram.gram(counted.cache, variables, products);
    CHECK((found - expected).norm() < 1e-11);
    CHECK(found == found.transpose());
  };
  check({1, 5, 9});
  check({1, 7, 9});
  CHECK(multiplied == 4);
  check({1, 5, 9});
  CHECK(multiplied == 4);
  for (Index step = 0; step < 50; ++step)
    check({step, step + 2, step + 9});
}
