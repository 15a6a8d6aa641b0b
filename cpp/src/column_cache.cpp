#include "scope/column_cache.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "scope/row_blocks.hpp"

namespace scope {

namespace {

/// Columns kept beside those of the support, the candidates of a few rejected exchanges.
constexpr Index kSpare = 16;

/// Most entries of these, and of columns on their way to separate places.
constexpr Index kEntriesBeside = Index{1} << 19;

/// Rows of a vector that stay in the first-level cache while columns stream by.
constexpr Index kStreamedRows = 2048;

}  // namespace

ColumnCache::ColumnCache(Index rows, Index cols, Gather gather)
    : gather_(std::move(gather)),
      columns_(rows, 0),
      place_of_(static_cast<std::size_t>(cols), -1) {}

Index ColumnCache::beside() const { return kEntriesBeside / std::max<Index>(columns_.rows(), 1); }

void ColumnCache::reserve(Index wanted) {
  if (wanted <= columns_.cols()) return;
  columns_.conservativeResize(Eigen::NoChange, wanted + std::min(kSpare, beside()));
}

IndexList ColumnCache::vacate(Index count) {
  IndexList vacant;
  while (static_cast<Index>(vacant.size()) < count && held() < columns_.cols()) {
    vacant.push_back(held());
    variable_at_.push_back(-1);
    versions_.push_back(0);
    last_use_.push_back(clock_);
  }
  const auto missing = count - static_cast<Index>(vacant.size());
  if (missing == 0) return vacant;
  IndexList oldest(variable_at_.size());
  std::iota(oldest.begin(), oldest.end(), Index{0});
  std::stable_sort(oldest.begin(), oldest.end(), [this](Index a, Index b) {
    return last_use_[static_cast<std::size_t>(a)] < last_use_[static_cast<std::size_t>(b)];
  });
  oldest.resize(static_cast<std::size_t>(missing));
  vacant.insert(vacant.end(), oldest.begin(), oldest.end());
  std::sort(vacant.begin(), vacant.end());
  return vacant;
}

void ColumnCache::gather_apart(const IndexList& variables, const IndexList& places) {
  const auto count = static_cast<Index>(variables.size());
  const Index most = std::max<Index>(1, beside());
  for (Index first = 0; first < count; first += most) {
    const Index last = std::min(first + most, count);
    const auto some = [&](const IndexList& list) {
      return IndexList(list.begin() + first, list.begin() + last);
    };
    Matrix gathered = Matrix::Zero(columns_.rows(), last - first);
    gather_(some(variables), gathered);
    columns_(Eigen::all, some(places)) = gathered;
  }
}

void ColumnCache::fill(const IndexList& missing) {
  const auto count = static_cast<Index>(missing.size());
  const IndexList vacant = vacate(count);
  for (const Index vacated : vacant) {
    Index& variable = variable_at_[static_cast<std::size_t>(vacated)];
    if (variable >= 0) place_of_[static_cast<std::size_t>(variable)] = -1;
    variable = -1;  // nothing is held there should gathering throw
  }
  if (vacant.back() - vacant.front() == count - 1) {
    columns_.middleCols(vacant.front(), count).setZero();
    gather_(missing, columns_.middleCols(vacant.front(), count));
  } else {
    gather_apart(missing, vacant);
  }
  for (std::size_t k = 0; k < missing.size(); ++k) {
    const auto place = static_cast<std::size_t>(vacant[k]);
    variable_at_[place] = missing[k];
    place_of_[static_cast<std::size_t>(missing[k])] = vacant[k];
    versions_[place] = clock_;
  }
}

const IndexList& ColumnCache::places_of(const IndexList& variables) {
  if (variables == asked_ && places_.size() == variables.size()) return places_;
  ++clock_;
  reserve(static_cast<Index>(variables.size()));
  IndexList missing;
  for (const Index variable : variables) {
    const Index place = place_of_[static_cast<std::size_t>(variable)];
    if (place < 0) {
      missing.push_back(variable);
    } else {
      last_use_[static_cast<std::size_t>(place)] = clock_;
    }
  }
  asked_.clear();  // nothing is known should gathering throw
  if (!missing.empty()) fill(missing);
  places_.clear();
  for (const Index variable : variables) {
    places_.push_back(place_of_[static_cast<std::size_t>(variable)]);
    last_use_[static_cast<std::size_t>(places_.back())] = clock_;
  }
  asked_ = variables;
  return places_;
}

void ColumnCache::product(const IndexList& variables, const Vector& weights, Vector& sum) {
  const IndexList& places = places_of(variables);
  sum.setZero(columns_.rows());
  for_row_blocks(columns_.rows(), kStreamedRows, [&](Index first, Index count) {
    for (std::size_t k = 0; k < places.size(); ++k) {
      sum.segment(first, count) +=
          weights[static_cast<Index>(k)] * columns_.col(places[k]).segment(first, count);
    }
  });
}

void ColumnCache::transposed_product(const IndexList& variables, const Vector& vector,
                                     Vector& products) {
  const IndexList& places = places_of(variables);
  products.setZero(static_cast<Index>(places.size()));
  for_row_blocks(columns_.rows(), kStreamedRows, [&](Index first, Index count) {
    for (std::size_t k = 0; k < places.size(); ++k) {
      products[static_cast<Index>(k)] +=
          columns_.col(places[k]).segment(first, count).dot(vector.segment(first, count));
    }
  });
}

Matrix GramCache::gram(ColumnCache& columns, const IndexList& variables, const Products& products) {
  const IndexList& places = columns.places_of(variables);
  const IndexList& versions = columns.versions();
  versions_.resize(versions.size(), -1);
  IndexList fresh;
  for (std::size_t place = 0; place < versions.size(); ++place) {
    if (versions_[place] != versions[place]) fresh.push_back(static_cast<Index>(place));
  }
  if (!fresh.empty()) {
    const Index held = columns.held();
    products_.conservativeResize(held, held);
    IndexList all(static_cast<std::size_t>(held));
    std::iota(all.begin(), all.end(), Index{0});
    const Matrix found = products(all, fresh);
    for (std::size_t k = 0; k < fresh.size(); ++k) {
      products_.col(fresh[k]) = found.col(static_cast<Index>(k));
      products_.row(fresh[k]) = found.col(static_cast<Index>(k)).transpose();
    }
    versions_ = versions;
  }
  return products_(places, places);
}

}  // namespace scope
