#pragma once

#include <stdexcept>
#include <string>

#include "scope/types.hpp"

namespace scope {

/// Root of everything the engine throws itself. Exceptions of callbacks are never wrapped in it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument breaks its contract; the message names it, what was expected and what came.
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// The objective is not finite where it has to be: at the start.
class NumericalError : public Error {
 public:
  using Error::Error;
};

/// Throws InvalidArgument when an array called `name` does not have `expected` entries.
void require_size(const std::string& name, Index expected, Index got);

}  // namespace scope
