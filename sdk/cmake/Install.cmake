# cmake --install BUILD --component sdk: headers, schemas, CMake package, pkg-config file. (jackfield-testkit is installed
# where it is built.)
include(CMakePackageConfigHelpers)

set(JACKFIELD_CMAKE_INSTALL ${CMAKE_INSTALL_LIBDIR}/cmake/Jackfield)
set(JACKFIELD_SCHEMA_INSTALL ${CMAKE_INSTALL_DATADIR}/jackfield/schema)
set(JACKFIELD_BIN_INSTALL ${CMAKE_INSTALL_BINDIR})
file(RELATIVE_PATH JACKFIELD_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)

install(DIRECTORY include/jackfield DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
install(DIRECTORY schema/ DESTINATION ${JACKFIELD_SCHEMA_INSTALL} COMPONENT sdk FILES_MATCHING PATTERN *.json)

install(TARGETS jackfield_sdk EXPORT JackfieldTargets COMPONENT sdk)
install(EXPORT JackfieldTargets NAMESPACE Jackfield:: DESTINATION ${JACKFIELD_CMAKE_INSTALL} COMPONENT sdk)
configure_package_config_file(cmake/JackfieldConfig.cmake.in JackfieldConfig.cmake
  INSTALL_DESTINATION ${JACKFIELD_CMAKE_INSTALL} PATH_VARS JACKFIELD_SCHEMA_INSTALL JACKFIELD_BIN_INSTALL)
# before 1.0 host and connector must have the same minor
write_basic_package_version_file(JackfieldConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/JackfieldConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/JackfieldConfigVersion.cmake
  cmake/JackfieldConnector.cmake cmake/jackfield-connector.map
  DESTINATION ${JACKFIELD_CMAKE_INSTALL} COMPONENT sdk)

configure_file(cmake/jackfield.pc.in jackfield.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/jackfield.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)
