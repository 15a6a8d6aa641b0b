#include "scope/outer_function.hpp"

#include <cmath>

#include "scope/error.hpp"
#include "scope/row_blocks.hpp"

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
  const auto size = static_cast<Index>(places.size());
  Matrix gram = Matrix::Zero(size, size);
  if (outer_.curvature() == OuterCurvature::diagonal) {
    Matrix plain;
    Matrix scaled;
    for_row_blocks(columns.rows(), [&](Index first, Index count) {
      const auto weight = point_.weight.segment(first, count);
      plain = columns.middleRows(first, count)(Eigen::all, places);
      if ((weight.array() >= 0.0).all()) {
        scaled = weight.cwiseSqrt().asDiagonal() * plain;
        gram.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
      } else {
        scaled = weight.asDiagonal() * plain;
        gram.triangularView<Eigen::Lower>() += plain.transpose() * scaled;
      }
    });
  } else {
    gram = cross(columns, places, columns, places);
  }
  gram.triangularView<Eigen::StrictlyUpper>() = gram.transpose();
  return gram;
}

Matrix OuterHessian::cross(const Matrix& left, const IndexList& left_places, const Matrix& right,
                           const IndexList& right_places) const {
  if (outer_.curvature() != OuterCurvature::diagonal) {
    const Matrix weighted = times(right(Eigen::all, right_places));
    return left(Eigen::all, left_places).transpose() * weighted;
  }
  Matrix cross =
      Matrix::Zero(static_cast<Index>(left_places.size()), static_cast<Index>(right_places.size()));
  Matrix plain;
  Matrix weighted;
  for_row_blocks(left.rows(), [&](Index first, Index count) {
    plain = left.middleRows(first, count)(Eigen::all, left_places);
    weighted = point_.weight.segment(first, count).asDiagonal() *
               right.middleRows(first, count)(Eigen::all, right_places);
    cross.noalias() += plain.transpose() * weighted;
  });
  return cross;
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
