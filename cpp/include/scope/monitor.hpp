#pragma once

namespace scope {

/// What the outside may do between two steps of a solve.
class Monitor {
 public:
  virtual ~Monitor() = default;

  /// Called before every support fit. May throw: the exception ends the solve unchanged.
  virtual void poll() {}
};

}  // namespace scope
