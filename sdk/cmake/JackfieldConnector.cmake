# jackfield_add_connector(NAME sources… [LINK libs…] [INCLUDE folders…])
#
# Makes the connector ${CMAKE_BINARY_DIR}/plugins/NAME.so, which exports jackfield_plugin_v0 and nothing else. Its
# sources are compiled once, into the object library NAME_objects, which tests may link.

function(jackfield_add_connector name)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/jackfield-connector.map)
  cmake_parse_arguments(arg "" "" "LINK;INCLUDE" ${ARGN})
  add_library(${name}_objects OBJECT ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name}_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_features(${name}_objects PUBLIC c_std_11)
  if(CMAKE_CXX_COMPILER_LOADED)
    target_compile_features(${name}_objects PUBLIC cxx_std_20)
    # a unique symbol would keep two copies of one connector from living side by side
    target_compile_options(${name}_objects PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  endif()
  target_include_directories(${name}_objects PUBLIC ${arg_INCLUDE})
  target_link_libraries(${name}_objects PUBLIC Jackfield::sdk ${arg_LINK})

  add_library(${name} MODULE)
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins LINK_DEPENDS ${map})
  target_link_libraries(${name} PRIVATE ${name}_objects)
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${map} -Wl,-z,nodelete -Wl,-z,now -Wl,--exclude-libs,ALL)
  # a sanitizer's runtime is in the program, not in the library
  if(NOT JACKFIELD_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  if(TARGET jackfield_options)  # inside the tree: its warnings and sanitizers
    target_link_libraries(${name}_objects PRIVATE jackfield_options)
    target_link_libraries(${name} PRIVATE jackfield_options)
  endif()
endfunction()
