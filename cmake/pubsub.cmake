# headrace_pubsub.so, beside the program: reads from Google Pub/Sub by gRPC, and is loaded where a source is read from a
# subscription. Neither the program nor its start knows of gRPC and its fifty libraries.
find_package(Protobuf REQUIRED)
find_library(GRPCPP_LIBRARY grpc++ REQUIRED)
find_library(GRPC_LIBRARY grpc REQUIRED)
find_library(GPR_LIBRARY gpr REQUIRED)
find_library(ABSL_SYNCHRONIZATION_LIBRARY absl_synchronization REQUIRED)  # inline parts of gRPC's headers call it
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# The code of the interface, made of src/brokers/pubsub/pubsub.proto. It is not ours to warn about.
set(proto "${CMAKE_SOURCE_DIR}/src/brokers/pubsub/pubsub.proto")
set(made "${CMAKE_BINARY_DIR}/pubsub")
file(MAKE_DIRECTORY "${made}")
add_custom_command(
  OUTPUT "${made}/pubsub.pb.cc" "${made}/pubsub.pb.h" "${made}/pubsub.grpc.pb.cc" "${made}/pubsub.grpc.pb.h"
  COMMAND "${Protobuf_PROTOC_EXECUTABLE}" "--proto_path=${CMAKE_SOURCE_DIR}/src/brokers/pubsub" "--cpp_out=${made}"
          "--grpc_out=${made}" "--plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN}" "${proto}"
  DEPENDS "${proto}"
  COMMENT "Making the interface of Pub/Sub"
  VERBATIM)
add_library(headrace_pubsub_interface STATIC "${made}/pubsub.pb.cc" "${made}/pubsub.grpc.pb.cc")
target_include_directories(headrace_pubsub_interface SYSTEM PUBLIC "${made}")
target_compile_options(headrace_pubsub_interface PRIVATE -w -O1)
target_link_libraries(headrace_pubsub_interface PUBLIC ${GRPCPP_LIBRARY} ${GRPC_LIBRARY} ${GPR_LIBRARY}
                      ${ABSL_SYNCHRONIZATION_LIBRARY} ${Protobuf_LIBRARIES} Threads::Threads)

headrace_layer(pubsub FOLDER brokers/pubsub OPTIMIZE -O1 DEPENDS headrace_pubsub_interface headrace_brokers)

add_library(headrace_pubsub_module MODULE $<TARGET_OBJECTS:headrace_pubsub>)
target_link_libraries(headrace_pubsub_module PRIVATE headrace_pubsub_interface headrace_base)
set(map "${CMAKE_SOURCE_DIR}/src/brokers/pubsub/headrace_pubsub.map")
target_link_options(headrace_pubsub_module PRIVATE "LINKER:--version-script=${map}")
set_target_properties(headrace_pubsub_module PROPERTIES PREFIX "" OUTPUT_NAME headrace_pubsub LINK_DEPENDS "${map}"
                      LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" LINKER_LANGUAGE CXX)
