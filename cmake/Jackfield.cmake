# How every target of this project is built. One static library a folder of core/, with private dependencies, so that the
# dependency rule (docs/decisions/0002) is held by the linker's include paths.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)

add_library(jackfield_options INTERFACE)
target_compile_options(jackfield_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX,C>:-Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers -fno-omit-frame-pointer>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-dangling-pointer>)
target_compile_definitions(jackfield_options INTERFACE BOOST_DLL_USE_STD_FS BOOST_ASIO_NO_DEPRECATED)
if(JACKFIELD_SANITIZE)
  target_compile_options(jackfield_options INTERFACE -fsanitize=${JACKFIELD_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(jackfield_options INTERFACE -fsanitize=${JACKFIELD_SANITIZE})
endif()

# jackfield_library(NAME [PUBLIC libs…] [PRIVATE libs…]): all *.cpp of this folder but *_test.cpp, as jackfield_NAME.
function(jackfield_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    add_library(jackfield_${name} INTERFACE)
    return()
  endif()
  add_library(jackfield_${name} STATIC ${sources})
  target_include_directories(jackfield_${name} PUBLIC ${PROJECT_SOURCE_DIR}/core)
  target_link_libraries(jackfield_${name} PUBLIC ${arg_PUBLIC} PRIVATE jackfield_options ${arg_PRIVATE})
endfunction()

# jackfield_tests(NAME libs…): all *_test.cpp of this folder as one gtest program, found by ctest test by test.
function(jackfield_tests name)
  if(NOT JACKFIELD_TESTS)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS *_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE jackfield_options ${ARGN} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()

if(JACKFIELD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
