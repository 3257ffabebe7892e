# cachery_library(base SOURCES a.cc DEPENDS fmt::fmt)      -> target cachery_base
# cachery_test(base SOURCES a_test.cc DEPENDS cachery_x)   -> target cachery_base_test, run by ctest
# cachery_fuzzer(ascii_parse_fuzz SOURCES … DEPENDS … CORPUS dir) -> a libFuzzer program in the fuzz
#   preset; in every other one a program that replays the corpus as a test.
function(cachery_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  string(REPLACE "/" "_" target cachery_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${ARG_DEPENDS})
  cachery_precompile(${target})
endfunction()

function(cachery_test name)
  if(NOT CACHERY_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  string(REPLACE "/" "_" target cachery_${name}_test)
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_DEPENDS} GTest::gmock_main)
  # Half of the time of a build is tests, and half of theirs the optimizer's. What they test keeps it.
  target_compile_options(${target} PRIVATE -O0)
  cachery_precompile(${target})
  add_test(NAME ${name} COMMAND ${target})
endfunction()

# cachery_test_on_postgresql(control) -> its tests once more, with ServicesFixture over PostgreSQL.
function(cachery_test_on_postgresql name)
  string(REPLACE "/" "_" target cachery_${name}_test)
  if(TARGET ${target})
    add_test(NAME ${name}_on_postgresql COMMAND ${target})
    set_tests_properties(${name} ${name}_on_postgresql PROPERTIES SKIP_RETURN_CODE 77)
    set_tests_properties(${name}_on_postgresql PROPERTIES
      ENVIRONMENT CACHERY_TEST_DATABASE=postgresql)
  endif()
endfunction()

function(cachery_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;DEPENDS" ${ARGN})
  get_filename_component(ARG_CORPUS ${ARG_CORPUS} ABSOLUTE)  # named from the folder's own place
  if(CACHERY_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
    # tools/fuzz finds the program, its seeds and its dictionary, if there is one, by this file.
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/fuzzers/${name}
         CONTENT "$<TARGET_FILE:${name}>\n${ARG_CORPUS}\n${CMAKE_CURRENT_SOURCE_DIR}/${name}.dict\n")
  elseif(CACHERY_TESTS)
    add_executable(${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/replay_corpus.cc)
    target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
    add_test(NAME ${name} COMMAND ${name} ${ARG_CORPUS})
  endif()
endfunction()
