# Finds Eigen's headers and offers them as the target scope::eigen.
#
# In this order: SCOPE_EIGEN_DIR; the copy inside an sdist (extern/eigen); the PyPI package
# cmeel-eigen of the Python that runs the build; an installed Eigen3 package.

function(scope_python_eigen result)
  find_package(Python COMPONENTS Interpreter)
  if(NOT Python_FOUND)
    return()
  endif()
  execute_process(
    COMMAND
      ${Python_EXECUTABLE} -c
      "import importlib.metadata as m; f = [f for f in m.files('cmeel-eigen') if str(f).endswith('eigen3/Eigen/Core')][0]; print(f.locate().resolve().parent.parent.as_posix(), end='')"
    OUTPUT_VARIABLE found
    ERROR_QUIET
    RESULT_VARIABLE failed)
  if(NOT failed)
    set(${result} ${found} PARENT_SCOPE)
  endif()
endfunction()

function(scope_find_eigen result)
  set(vendored ${CMAKE_CURRENT_SOURCE_DIR}/extern/eigen)
  if(SCOPE_EIGEN_DIR)
    set(found ${SCOPE_EIGEN_DIR})
  elseif(EXISTS ${vendored}/Eigen/Core AND NOT SKBUILD_STATE STREQUAL "sdist")
    set(found ${vendored})
  else()
    scope_python_eigen(found)
  endif()
  if(NOT found)
    find_package(Eigen3 3.4 QUIET NO_MODULE)
    if(Eigen3_FOUND)
      get_target_property(found Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
    endif()
  endif()
  if(NOT EXISTS "${found}/Eigen/Core")
    message(FATAL_ERROR "Eigen/Core was not found: pip install cmeel-eigen, or pass "
                        "-DSCOPE_EIGEN_DIR=<directory that contains Eigen/Core>")
  endif()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# Copies the headers into an sdist; the text of their licence lies beside the copy in git.
function(scope_vendor_eigen destination)
  file(COPY ${SCOPE_EIGEN_INCLUDE}/Eigen DESTINATION ${destination})
endfunction()

scope_find_eigen(SCOPE_EIGEN_INCLUDE)
message(STATUS "Eigen headers: ${SCOPE_EIGEN_INCLUDE}")
add_library(scope_eigen INTERFACE)
add_library(scope::eigen ALIAS scope_eigen)
target_include_directories(scope_eigen SYSTEM INTERFACE ${SCOPE_EIGEN_INCLUDE})
target_compile_definitions(scope_eigen INTERFACE EIGEN_MPL2_ONLY EIGEN_DONT_PARALLELIZE)
