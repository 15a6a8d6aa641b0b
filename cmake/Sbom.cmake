# Writes the software bill of materials (CycloneDX) that a wheel carries in .dist-info/sboms
# (PEP 770). It holds no time and no random number: the same build gives the same bytes.

function(scope_eigen_version result)
  # Up to 3.4 there is no other place that has all three numbers.
  file(STRINGS ${SCOPE_EIGEN_INCLUDE}/Eigen/src/Core/util/Macros.h lines
       REGEX "define EIGEN_(WORLD|MAJOR|MINOR)_VERSION")
  set(numbers "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ".*VERSION ([0-9]+).*" "\\1" number "${line}")
    list(APPEND numbers ${number})
  endforeach()
  list(JOIN numbers "." version)
  set(${result} ${version} PARENT_SCOPE)
endfunction()

function(scope_component result name version license purl)
  set(${result}
      "    {
      \"type\": \"library\",
      \"bom-ref\": \"${purl}\",
      \"name\": \"${name}\",
      \"version\": \"${version}\",
      \"purl\": \"${purl}\",
      \"licenses\": [ { \"expression\": \"${license}\" } ]
    }"
      PARENT_SCOPE)
endfunction()

function(scope_write_sbom path)
  scope_eigen_version(eigen)
  scope_component(first eigen ${eigen} MPL-2.0 "pkg:generic/eigen@${eigen}")
  scope_component(second pybind11 ${pybind11_VERSION} BSD-3-Clause
                  "pkg:pypi/pybind11@${pybind11_VERSION}")
  set(components "${first},\n${second}")
  set(references "\"pkg:generic/eigen@${eigen}\", \"pkg:pypi/pybind11@${pybind11_VERSION}\"")
  if(SCOPE_STATIC_RUNTIME)
    set(llvm ${CMAKE_CXX_COMPILER_VERSION})
    set(purl "pkg:generic/llvm-${SCOPE_STATIC_RUNTIME}@${llvm}")
    scope_component(third ${SCOPE_STATIC_RUNTIME} ${llvm} "Apache-2.0 WITH LLVM-exception" ${purl})
    string(APPEND components ",\n${third}")
    string(APPEND references ", \"${purl}\"")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/sbom.cdx.json.in ${path} @ONLY)
endfunction()
