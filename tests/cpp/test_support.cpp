#include <doctest/doctest.h>

#include "scope/error.hpp"
#include "scope/problem.hpp"
#include "scope/support.hpp"

using namespace scope;

TEST_CASE("rankings break ties by index") {
  const Vector scores = (Vector(5) << 1, 3, 3, 0, 1).finished();
  CHECK(ranked_descending({0, 1, 2, 3, 4}, scores) == IndexList{1, 2, 0, 4, 3});
  CHECK(ranked_ascending({4, 3, 2, 1, 0}, scores) == IndexList{3, 0, 4, 1, 2});
}

TEST_CASE("the top of some candidates is sorted by index, ties go to the smaller one") {
  const Vector scores = (Vector(5) << 1, 3, 3, 0, 3).finished();
  CHECK(top_of({0, 1, 2, 3, 4}, scores, 2) == IndexList{1, 2});
  CHECK(top_of({0, 2, 3, 4}, scores, 3) == IndexList{0, 2, 4});
  CHECK(top_of({0, 3}, scores, 0).empty());
  CHECK(top_of({0, 3}, scores, 2) == IndexList{0, 3});
  CHECK(top_of({0, 3}, scores, 7) == IndexList{0, 3});
}

TEST_CASE("the top groups include the forced ones and are sorted") {
  const Vector scores = (Vector(5) << 1, 3, 2, 0, 1).finished();
  CHECK(top_groups(scores, 2, {}) == IndexList{1, 2});
  CHECK(top_groups(scores, 2, {3}) == IndexList{1, 3});
  CHECK(top_groups(scores, 0, {}).empty());
  CHECK(top_groups(scores, 5, {4}) == IndexList{0, 1, 2, 3, 4});
}

TEST_CASE("set algebra") {
  CHECK(complement({1, 3}, 5) == IndexList{0, 2, 4});
  CHECK(difference({0, 1, 2}, {1}) == IndexList{0, 2});
  CHECK(unite({0, 2}, {1, 2}) == IndexList{0, 1, 2});
  CHECK(exchange({0, 2, 5}, {5, 0}, {7, 1}) == IndexList{1, 2, 7});
}

TEST_CASE("values are carried over to a new support, newcomers start at zero") {
  const Vector values = (Vector(3) << 1, 2, 3).finished();
  const Vector carried = transfer({0, 4, 7}, values, {1, 4, 6, 7});
  CHECK(carried == (Vector(4) << 0, 2, 0, 3).finished());
}

TEST_CASE("groups partition the variables") {
  const Groups groups = Groups::from_labels({0, 0, 1, 2, 2, 2});
  CHECK(groups.count() == 3);
  CHECK(groups.dimension() == 6);
  CHECK(groups.size(2) == 3);
  CHECK(groups.block_storage() == 4 + 1 + 9);
  CHECK(groups.block_start(2) == 5);
  CHECK(groups.variables_of({0, 2}) == IndexList{0, 1, 3, 4, 5});
  CHECK(Groups::singletons(3).variables_of({0, 2}) == IndexList{0, 2});
}

TEST_CASE("labels that are no partition are refused") {
  CHECK_THROWS_AS(Groups::from_labels({}), InvalidArgument);
  CHECK_THROWS_AS(Groups::from_labels({1, 1}), InvalidArgument);
  CHECK_THROWS_AS(Groups::from_labels({0, 2}), InvalidArgument);
  CHECK_THROWS_AS(Groups::from_labels({0, 1, 0}), InvalidArgument);
  CHECK_THROWS_AS(Groups::singletons(0), InvalidArgument);
}

TEST_CASE("preselected groups are sorted, unique and in range") {
  CHECK(Problem(Groups::singletons(4), {3, 1, 3}).preselect() == IndexList{1, 3});
  CHECK_THROWS_AS(Problem(Groups::singletons(4), {4}), InvalidArgument);
  CHECK_THROWS_AS(Problem(Groups::singletons(4), {-1}), InvalidArgument);
}
