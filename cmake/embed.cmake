# headrace_embed(TARGET FOLDER NAMESPACE_FUNCTION)
#
# Compiles the text files below FOLDER into TARGET: `std::string_view FUNCTION(std::string_view path)`, declared by hand in
# a header, gives the text of a file by its path below FOLDER.
function(headrace_embed target folder function)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/*")
  list(FILTER files EXCLUDE REGEX "(__pycache__|\\.pyc$)")
  set(out "${CMAKE_BINARY_DIR}/embedded/${function}.cc")
  set(paths ${files})
  list(TRANSFORM paths PREPEND "${folder}/")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}" "-DFILES=${files}" "-DFUNCTION=${function}" "-DOUT=${out}" -P
            "${CMAKE_SOURCE_DIR}/cmake/write_embedded.cmake"
    DEPENDS ${paths} "${CMAKE_SOURCE_DIR}/cmake/write_embedded.cmake"
    COMMENT "Embedding ${function}"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
