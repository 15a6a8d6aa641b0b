# scope::warnings: what our own code compiles without.
add_library(scope_warnings INTERFACE)
add_library(scope::warnings ALIAS scope_warnings)
if(MSVC)
  target_compile_options(scope_warnings INTERFACE /W4 $<$<BOOL:${SCOPE_WERROR}>:/WX>)
else()
  target_compile_options(
    scope_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
                             $<$<BOOL:${SCOPE_WERROR}>:-Werror>)
endif()
