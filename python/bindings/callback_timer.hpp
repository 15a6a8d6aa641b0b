#pragma once

#include <chrono>

namespace scope::bindings {

/// Adds the time of a call of Python, and of waiting for the interpreter lock, to what this thread
/// has spent so. Of calls inside one another the outermost counts.
class CallbackTimer {
 public:
  CallbackTimer() : outermost_(!running_) { running_ = true; }
  ~CallbackTimer() {
    if (!outermost_) return;
    running_ = false;
    seconds_ += std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  CallbackTimer(const CallbackTimer&) = delete;
  CallbackTimer& operator=(const CallbackTimer&) = delete;

  /// Of this thread, since it began.
  static double seconds() { return seconds_; }

 private:
  using Clock = std::chrono::steady_clock;

  inline static thread_local bool running_ = false;
  inline static thread_local double seconds_ = 0.0;

  bool outermost_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace scope::bindings
