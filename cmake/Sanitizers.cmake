# scope::sanitizers: empty unless SCOPE_SANITIZE or SCOPE_SANITIZE_THREADS. With the former Eigen's
# storage starts as NaN, so that whatever is read before it is written shows in a result.
add_library(scope_sanitizers INTERFACE)
add_library(scope::sanitizers ALIAS scope_sanitizers)
if(SCOPE_SANITIZE)
  set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(scope_sanitizers INTERFACE ${flags} -UNDEBUG)
  target_link_options(scope_sanitizers INTERFACE ${flags})
  target_compile_definitions(scope_sanitizers INTERFACE EIGEN_INITIALIZE_MATRICES_BY_NAN
                                                        _GLIBCXX_ASSERTIONS)
endif()
if(SCOPE_SANITIZE_THREADS)
  target_compile_options(scope_sanitizers INTERFACE -fsanitize=thread -UNDEBUG)
  target_link_options(scope_sanitizers INTERFACE -fsanitize=thread)
endif()
