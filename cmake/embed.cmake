# headrace_embed(TARGET FOLDER FUNCTION)
#
# Compiles the text files below FOLDER into TARGET: `EmbeddedFolder FUNCTION()`, declared by hand in a header
# (src/codegen/embedded_folder.h), gives all of them with their paths below FOLDER.
function(headrace_embed target folder function)
  if(HEADRACE_PREBUILT)
    return()  # The library has them.
  endif()
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
