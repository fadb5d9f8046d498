# Run by CPack once the files are staged, before they are packed: below /usr, etc/ is where it belongs in any other
# prefix but this one.
file(GLOB staged ${CPACK_TEMPORARY_DIRECTORY}/*/usr/etc)
foreach(folder IN LISTS staged)
  cmake_path(GET folder PARENT_PATH usr)
  cmake_path(GET usr PARENT_PATH root)
  file(RENAME ${folder} ${root}/etc)
endforeach()
