# libheadrace_reader, for programs that read a file of values in process: shared and static, with its header and pkg-config's
# file. It is made of src/reader and the clock, links nothing of ours, and shows the names of its header only.
#
#   cmake --install build --component reader --prefix /usr/local
include(GNUInstallDirs)
set(HEADRACE_READER_VERSION 1)  # of the interface, as in headrace_reader.h
file(GLOB reader_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/reader/*.cc")
add_library(headrace_reader_objects OBJECT ${reader_sources} "${CMAKE_SOURCE_DIR}/src/base/clock.cc")
target_include_directories(headrace_reader_objects PRIVATE "${CMAKE_SOURCE_DIR}/src")
set_target_properties(headrace_reader_objects PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

add_library(headrace_reader_shared SHARED $<TARGET_OBJECTS:headrace_reader_objects>)
add_library(headrace_reader_static STATIC $<TARGET_OBJECTS:headrace_reader_objects>)
set(version_script "${CMAKE_SOURCE_DIR}/src/reader/headrace_reader.map")
foreach(library headrace_reader_shared headrace_reader_static)
  set_target_properties(${library} PROPERTIES OUTPUT_NAME headrace_reader LINKER_LANGUAGE CXX
                        ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib" LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
endforeach()
set_target_properties(headrace_reader_shared PROPERTIES VERSION ${HEADRACE_READER_VERSION}.0 SOVERSION ${HEADRACE_READER_VERSION})
target_link_options(headrace_reader_shared PRIVATE "LINKER:--version-script=${version_script}")
set_target_properties(headrace_reader_shared PROPERTIES LINK_DEPENDS "${version_script}")

configure_file("${CMAKE_SOURCE_DIR}/src/reader/headrace_reader.pc.in" "${CMAKE_BINARY_DIR}/lib/headrace_reader.pc" @ONLY)
install(TARGETS headrace_reader_shared headrace_reader_static LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT reader
        NAMELINK_COMPONENT reader ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT reader)
install(FILES "${CMAKE_SOURCE_DIR}/src/reader/headrace_reader.h" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT reader)
install(FILES "${CMAKE_BINARY_DIR}/lib/headrace_reader.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT reader)
