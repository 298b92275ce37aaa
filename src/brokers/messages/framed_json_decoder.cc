#include "brokers/kafka_feed.h"
#include "brokers/messages/confluent_frame.h"
#include "brokers/messages/message_decoders.h"

namespace headrace {
namespace {

class FramedJsonDecoder : public MessageDecoder {
 public:
  Status decode(std::string_view message, std::string& line) override {
    ASSIGN_OR_RETURN(const ConfluentFrame frame, open_confluent_frame(message));
    append_line_of_message(frame.body, line);
    return {};
  }
};

}  // namespace

std::unique_ptr<MessageDecoder> make_framed_json_decoder() { return std::make_unique<FramedJsonDecoder>(); }

}  // namespace headrace
