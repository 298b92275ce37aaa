#pragma once

/// The body of a request as Beast's parser fills it: bytes are counted against what all bodies together may take, and
/// taken as they come (a length that a client only announces reserves nothing). Internal to http_server.cc.

#include "serving/http/http_handler.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>

#include <string>

namespace headrace {

struct CountedBody {
  class value_type {
   public:
    value_type() = default;
    value_type(const value_type&) = delete;
    value_type& operator=(const value_type&) = delete;
    ~value_type() {
      if (counters != nullptr) counters->body_bytes -= static_cast<int64_t>(text.size());
    }
    bool add(const char* bytes, size_t size) {
      const auto total = counters->body_bytes += static_cast<int64_t>(size);
      if (total > static_cast<int64_t>(bytes_total_max)) {
        counters->body_bytes -= static_cast<int64_t>(size);
        return false;
      }
      text.append(bytes, size);
      return true;
    }

    std::string text;
    HttpCounters* counters = nullptr;
    size_t bytes_total_max = 0;
  };

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<uint64_t>&, boost::beast::error_code& code) { code = {}; }
    template <class Buffers>
    size_t put(const Buffers& buffers, boost::beast::error_code& code) {
      code = {};
      size_t taken = 0;
      for (auto each = boost::asio::buffer_sequence_begin(buffers); each != boost::asio::buffer_sequence_end(buffers);
           ++each) {
        const boost::asio::const_buffer buffer = *each;
        if (!body_.add(static_cast<const char*>(buffer.data()), buffer.size())) {
          code = boost::beast::http::error::buffer_overflow;
          return taken;
        }
        taken += buffer.size();
      }
      return taken;
    }
    void finish(boost::beast::error_code& code) { code = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace headrace
