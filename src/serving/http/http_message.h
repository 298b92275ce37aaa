#pragma once

/// A request as a handler sees it, and what it answers. No library is known here.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

/// A field of the header, with its name as it was sent.
struct HttpField {
  std::string_view name;
  std::string_view value;
};

/// Views of bytes that the connection owns: they end with the call that they were given to.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // as sent: path and query, percent-encoded
  std::span<const HttpField> fields;
  std::string_view body;
  /// Memory for the body of the answer, which may be taken; null: there is none to spare.
  std::string* memory = nullptr;
  /// False: a handler that would have to wait for a disk answers with HttpResponse::waits instead.
  bool may_wait = true;

  /// The value of the first field of this name (whatever its case); nothing where there is none.
  std::optional<std::string_view> field(std::string_view name) const;
  size_t count(std::string_view name) const;
};

/// The open end of an answer that goes on, as server-sent events do. Any thread may use it, also after the client left.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// Hands the bytes over to be sent after those before them. False: the client is gone, or takes them too slowly and
  /// was cut off; nothing more will be sent.
  virtual bool send(std::string bytes) = 0;
  /// Bytes that were handed over and that the client has not taken yet.
  virtual size_t bytes_waiting() const = 0;
  virtual void finish() = 0;
  virtual bool is_open() const = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields;  // further ones of the header
  std::string body;
  bool closes = false;  // the connection ends with this answer
  bool waits = false;   // no answer: the request is to be handled again, where it may wait
  /// Set: the answer has no body; what follows is sent through the stream, from any thread.
  std::function<void(std::shared_ptr<HttpStream>)> stream;
};

/// "Not Found" for 404.
std::string_view reason_of(int status);

/// Whether two texts are the same but for the case of ASCII letters.
bool is_same_word(std::string_view a, std::string_view b);

/// How the answer begins on the wire, up to the empty line. `date` is the value of the field, empty for none.
struct HttpHeadOptions {
  bool keeps_alive = true;
  bool is_chunked = false;
  bool has_length = true;
  std::string_view date;
};
/// Instead of what `out` holds.
void write_response_head(std::string& out, const HttpResponse& response, const HttpHeadOptions& options);

/// Seconds since 1970 as the field Date has it: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(int64_t seconds);

}  // namespace headrace
