#pragma once

/// Receives a request: Beast's parser judges its bytes, and what passes is kept here, in memory that goes from one request of
/// a connection to the next. Bytes of the body are counted against what all bodies together may take, and taken as they come
/// (a length that a client only announces reserves nothing). Internal to http_server.cc.

#include "serving/http/http_handler.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// What was received of a request.
struct ReceivedBytes {
  /// Of the name and the value of a field, in the head.
  struct Field {
    size_t begin, middle, end;
  };
  std::string head;  // method, target, then names and values of fields
  size_t method_size = 0;
  size_t target_size = 0;
  int version = 0;  // 11: HTTP/1.1
  std::vector<Field> fields;
  std::string body;

  /// Forgets the request, but keeps the memory of a small one.
  void clear() {
    constexpr size_t kKeptBytes = 4 << 10;
    head.clear();
    fields.clear();
    body.clear();
    if (body.capacity() > kKeptBytes) body.shrink_to_fit();
  }
};

class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  using Code = boost::beast::error_code;

  /// Of one request, whose bytes are kept as long as it lives. REQUIRES: `received` is clear; both live longer.
  RequestParser(ReceivedBytes& received, HttpCounters& counters, size_t body_bytes_total_max)
      : received_(received), counters_(counters), body_bytes_total_max_(body_bytes_total_max) {}
  ~RequestParser() override {
    counters_.body_bytes -= static_cast<int64_t>(received_.body.size());
    received_.clear();
  }
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  int version() const { return received_.version; }
  std::string_view method() const { return std::string_view(received_.head).substr(0, received_.method_size); }
  std::string_view target() const {
    return std::string_view(received_.head).substr(received_.method_size, received_.target_size);
  }
  std::string_view body() const { return received_.body; }
  /// Instead of what `fields` holds: views of what was received.
  void write_fields(std::vector<HttpField>& fields) const {
    fields.clear();
    const std::string_view head = received_.head;
    for (const ReceivedBytes::Field& each : received_.fields) {
      fields.push_back(
          {head.substr(each.begin, each.middle - each.begin), head.substr(each.middle, each.end - each.middle)});
    }
  }

 private:
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version, Code&) override {
    received_.head.append(method.data(), method.size()).append(target.data(), target.size());
    received_.method_size = method.size();
    received_.target_size = target.size();
    received_.version = version;
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Code&) override {
    const size_t begin = received_.head.size();
    received_.head.append(name.data(), name.size()).append(value.data(), value.size());
    received_.fields.push_back({begin, begin + name.size(), received_.head.size()});
  }
  size_t on_body_impl(Text bytes, Code& code) override {
    const auto size = static_cast<int64_t>(bytes.size());
    const int64_t all = counters_.body_bytes += size;
    if (all > static_cast<int64_t>(body_bytes_total_max_)) {
      counters_.body_bytes -= size;
      code = boost::beast::http::error::buffer_overflow;
      return 0;
    }
    received_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  size_t on_chunk_body_impl(uint64_t, Text bytes, Code& code) override { return on_body_impl(bytes, code); }

  void on_response_impl(int, Text, int, Code&) override {}
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, Code&) override {}
  void on_chunk_header_impl(uint64_t, Text, Code&) override {}
  void on_finish_impl(Code&) override {}

  ReceivedBytes& received_;
  HttpCounters& counters_;
  const size_t body_bytes_total_max_;
};

}  // namespace headrace
