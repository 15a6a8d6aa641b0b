#pragma once

#include <Eigen/Core>
#include <vector>

namespace scope {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using IndexList = std::vector<Index>;

}  // namespace scope
