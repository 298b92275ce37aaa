# Writes a C++ file that holds texts; run by headrace_embed.
set(body "")
foreach(file IN LISTS FILES)
  file(READ "${FOLDER}/${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  # One literal for each 2,000 bytes: compilers limit the length of a line's literal, not of joined ones.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f]){2000})" "\\1\"\n      \"" escaped "${escaped}")
  string(LENGTH "${hex}" length)
  math(EXPR length "${length} / 2")
  string(APPEND body "    {\"${file}\", {\"${escaped}\", ${length}}},\n")
endforeach()
file(
  WRITE "${OUT}"
  "#include \"codegen/embedded_folder.h\"\n\nnamespace headrace {\n\nEmbeddedFolder ${FUNCTION}();\n\nEmbeddedFolder ${FUNCTION}() {\n  static constexpr EmbeddedFile kFiles[] = {\n${body}  };\n  return kFiles;\n}\n\n}  // namespace headrace\n")
