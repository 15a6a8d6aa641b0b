#pragma once

#include <vector>

// What is compiled several times, for processors of several ages, and chosen at run time.
//
// A function with SCOPE_AVX2 or SCOPE_AVX512 may use these instructions; all that is inlined into
// it must have no copy of its own that others could be given: SCOPE_INLINE.

#if defined(__GNUC__)
#define SCOPE_INLINE [[gnu::always_inline]] inline
#else
#define SCOPE_INLINE inline
#endif

#if defined(__GNUC__) && defined(__x86_64__)
#define SCOPE_AVX2 __attribute__((target("avx2,fma")))
#define SCOPE_AVX512 __attribute__((target("avx512f")))
#define SCOPE_NEWER_PROCESSORS 1
#else
#define SCOPE_AVX2
#define SCOPE_AVX512
#define SCOPE_NEWER_PROCESSORS 0
#endif

namespace scope {

/// The versions of a kernel that this processor runs, the fastest first.
template <class Kernel>
std::vector<Kernel> versions_here(Kernel avx512, Kernel avx2, Kernel plain) {
  std::vector<Kernel> versions;
#if SCOPE_NEWER_PROCESSORS
  if (__builtin_cpu_supports("avx512f")) versions.push_back(avx512);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) versions.push_back(avx2);
#else
  static_cast<void>(avx512);
  static_cast<void>(avx2);
#endif
  versions.push_back(plain);
  return versions;
}

}  // namespace scope
