#include "scope/outer_function.hpp"

#include <cmath>

#include "scope/error.hpp"

namespace scope {

const SampleTable& OuterFunction::samples() const {
  throw InvalidArgument("this function has no blocks.");
}

Matrix OuterHessian::times(const Eigen::Ref<const Matrix>& columns) const {
  Matrix products;
  switch (outer_.curvature()) {
  case OuterCurvature::diagonal: products = point_.weight.asDiagonal() * columns; break;
  case OuterCurvature::low_rank:
    products = point_.weight.asDiagonal() * columns;
    products += point_.factors * (point_.core * (point_.factors.transpose() * columns));
    break;
  case OuterCurvature::blocks: products = times_blocks(columns); break;
  case OuterCurvature::products: outer_.hessian_products(eta_, columns, products); break;
  }
  return products;
}

Matrix OuterHessian::times_blocks(const Eigen::Ref<const Matrix>& columns) const {
  const auto& samples = outer_.samples();
  const Index width = samples.rows();
  Matrix products(columns.rows(), columns.cols());
  for (Index k = 0; k < columns.cols(); ++k) {
    for (Index i = 0; i < samples.cols(); ++i) {
      for (Index a = 0; a < width; ++a) {
        double sum = 0.0;
        for (Index b = 0; b < width; ++b) {
          sum += point_.blocks(a * width + b, i) * columns(samples(b, i), k);
        }
        products(samples(a, i), k) = sum;
      }
    }
  }
  return products;
}

Matrix OuterHessian::gram(const Matrix& columns, const IndexList& places) const {
  if (outer_.curvature() != OuterCurvature::diagonal) {
    return cross(columns, places, columns, places).selfadjointView<Eigen::Lower>();
  }
  return weighted_gram(columns_at(columns, places), point_.weight);
}

Matrix OuterHessian::cross(const Matrix& left, const IndexList& left_places, const Matrix& right,
                           const IndexList& right_places) const {
  const ColumnList columns = columns_at(left, left_places);
  if (outer_.curvature() == OuterCurvature::diagonal) {
    return inner_products(columns, columns_at(right, right_places), point_.weight);
  }
  const Matrix weighted = times(right(Eigen::all, right_places));
  return inner_products(columns, columns_of(weighted), weighted.rows());
}

void OuterHessian::cross(const ColumnList& columns, const Matrix& right, const IndexList& sizes,
                         Matrix& cross, Matrix& own) const {
  const bool diagonal = outer_.curvature() == OuterCurvature::diagonal;
  const Matrix weighted = diagonal ? Matrix() : times(right);
  cross = diagonal ? inner_products(columns, columns_of(right), point_.weight)
                   : inner_products(columns, columns_of(weighted), right.rows());
  own.setZero(right.cols(), right.cols());
  Index first = 0;
  for (const Index size : sizes) {
    const auto block = right.middleCols(first, size);
    auto own_block = own.block(first, first, size, size);
    if (diagonal && size == 1) {
      own_block(0, 0) = block.col(0).cwiseAbs2().dot(point_.weight);
    } else if (diagonal) {
      own_block = block.transpose().lazyProduct(point_.weight.asDiagonal() * block);
    } else {
      own_block = block.transpose().lazyProduct(weighted.middleCols(first, size));
    }
    first += size;
  }
}

Vector OuterHessian::diagonal() const {
  switch (outer_.curvature()) {
  case OuterCurvature::blocks: {
    const auto& samples = outer_.samples();
    Vector diagonal(eta_.size());
    for (Index i = 0; i < samples.cols(); ++i) {
      for (Index a = 0; a < samples.rows(); ++a) {
        diagonal[samples(a, i)] = point_.blocks(a * (samples.rows() + 1), i);
      }
    }
    return diagonal;
  }
  case OuterCurvature::products: return mean();
  default: return point_.weight;
  }
}

Vector OuterHessian::mean() const {
  const Index rows = eta_.size();
  Matrix probe(rows, 1);
  unsigned state = 1;
  for (Index i = 0; i < rows; ++i) {
    state = state * 1664525U + 1013904223U;  // any fixed signs without a pattern
    probe(i, 0) = (state >> 31) == 0U ? 1.0 : -1.0;
  }
  const Matrix product = times(probe);
  const double mean = std::abs(probe.col(0).dot(product.col(0))) / static_cast<double>(rows);
  return Vector::Constant(rows, std::isfinite(mean) && mean > 0.0 ? mean : 1.0);
}

}  // namespace scope
