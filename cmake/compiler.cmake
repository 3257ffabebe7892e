# Flags of every target of ours. Warnings are errors with gcc and with clang.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                    -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wthread-safety)
else()
  # gcc 12 reports these inside its own and Boost's headers when it inlines them.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict
                      -Wno-array-bounds -Wno-dangling-pointer)
endif()
add_compile_options(-fno-omit-frame-pointer)
if(CACHERY_SANITIZE)
  add_compile_options(-fsanitize=${CACHERY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CACHERY_SANITIZE})
endif()
if(CACHERY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
