#pragma once

/// One connection over a socket, plain or with TLS: receives a request, has it answered, sends the answer, and again.
/// Internal to http_server.cc.
///
///   handshake ──> idle ──> receiving ──> working ──> sending ──┬──> idle
///                                           │                  ├──> closing ──> closed
///                                           └──> streaming ────┘
///
/// Each state but `working` has a deadline. All functions run on the connection's thread; handlers that may block run
/// beside it, and their answer is posted back.

#include "serving/http/request_parser.h"
#include "serving/http/server_thread.h"
#include "serving/http/stream_sender.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

using PlainSocket = boost::asio::ip::tcp::socket;
using TlsSocket = boost::asio::ssl::stream<PlainSocket>;

template <typename Socket>
class Connection : public HttpConnection, public std::enable_shared_from_this<Connection<Socket>> {
 public:
  using Code = boost::system::error_code;
  static constexpr bool kIsPlain = std::is_same_v<Socket, PlainSocket>;

  Connection(ServerThread& thread, Socket socket) : thread_(thread), socket_(std::move(socket)) {
    thread_.add(*this);
    ++counters().connections;
  }
  ~Connection() override {
    end_request();
    end_stream();
    thread_.remove(*this);
    --thread_.load();
    --counters().connections;
  }

  void start() {
    if constexpr (kIsPlain) {
      Code ignored;  // then answers are sent as those to TLS are
      lowest().non_blocking(true, ignored);
      wait_for_request(limits().receive_time_max);
    } else {
      enter(Phase::kHandshake, limits().receive_time_max);
      socket_.async_handshake(boost::asio::ssl::stream_base::server, [self = self()](const Code& code) {
        if (code || self->thread_.is_draining()) return self->close();
        self->wait_for_request(self->limits().receive_time_max);
      });
    }
  }

  /// Answers, without reading anything, that there is no room. A TLS client gets no word.
  void refuse_at_once(HttpProblem problem) {
    if constexpr (kIsPlain) return refuse(problem);
    ++counters().refusals[static_cast<size_t>(problem)];
    close();
  }

  void check(int64_t now_us) override {
    if (deadline_us_ == 0 || now_us <= deadline_us_) return;
    deadline_us_ = 0;
    if (phase_ != Phase::kClosing) ++counters().timeouts;
    if (kIsPlain && phase_ == Phase::kReceiving) {
      is_too_slow_ = true;  // the read that is cut short answers
      Code ignored;
      lowest().cancel(ignored);
      return;
    }
    close();
  }

  void drain() override {
    if (phase_ == Phase::kIdle || phase_ == Phase::kHandshake) close();
    if (phase_ == Phase::kStreaming) stream_->finish();
  }

  void close() override {
    phase_ = Phase::kClosed;
    deadline_us_ = 0;
    end_stream();
    Code ignored;
    lowest().close(ignored);
  }

 private:
  enum class Phase { kHandshake, kIdle, kReceiving, kWorking, kSending, kStreaming, kClosing, kClosed };

  static constexpr size_t kReadBytes = 4096;
  static constexpr size_t kBodyReadBytes = 64 << 10;
  static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";

  auto self() { return this->shared_from_this(); }
  const HttpLimits& limits() const { return thread_.shared().options.limits; }
  HttpCounters& counters() { return thread_.shared().counters; }
  PlainSocket& lowest() {
    if constexpr (kIsPlain) {
      return socket_;
    } else {
      return socket_.next_layer();
    }
  }
  void enter(Phase phase, Duration time_max) {
    phase_ = phase;
    deadline_us_ = time_max.us == 0 ? 0 : ServerThread::now_us() + time_max.us;
  }

  // Receiving.

  void wait_for_request(Duration time_max) {
    if (thread_.is_draining()) return linger();
    if (buffer_.size() > 0) {
      begin_request();
      return parse();
    }
    if (buffer_.capacity() > kBodyReadBytes) buffer_.shrink_to_fit();
    enter(Phase::kIdle, time_max);
    read_more();
  }

  /// Its deadline is set when it turns out not to be there as a whole.
  void begin_request() {
    enter(Phase::kReceiving, {});
    parser_.emplace(received_, counters(), limits().body_bytes_total_max);
    parser_->header_limit(static_cast<uint32_t>(limits().header_bytes_max));
    parser_->body_limit(limits().body_bytes_max);
    parser_->eager(true);
    has_continued_ = false;
  }

  void read_more() {
    const size_t room = parser_ && parser_->is_header_done() ? kBodyReadBytes : kReadBytes;
    socket_.async_read_some(buffer_.prepare(room),
                            [self = self()](const Code& code, size_t bytes) { self->on_read(code, bytes); });
  }

  void on_read(const Code& code, size_t bytes) {
    if (phase_ == Phase::kClosed) return;
    if (is_too_slow_) return refuse(HttpProblem::kTooSlow);
    if (code) return close();
    buffer_.commit(bytes);
    if (phase_ == Phase::kIdle) begin_request();
    parse();
  }

  void parse() {
    while (!parser_->is_done() && buffer_.size() > 0) {
      Code code;
      const size_t used = parser_->put(buffer_.data(), code);
      buffer_.consume(used);
      if (code == boost::beast::http::error::need_more) break;
      if (code) return refuse(problem_of(code));
    }
    if (parser_->is_done()) return work();
    if (deadline_us_ == 0) enter(Phase::kReceiving, limits().receive_time_max);
    if (parser_->is_header_done() && !has_continued_ && expects_continue()) return send_continue();
    read_more();
  }

  static HttpProblem problem_of(const Code& code) {
    using boost::beast::http::error;
    if (code == error::header_limit) return HttpProblem::kHeaderTooLarge;
    if (code == error::body_limit) return HttpProblem::kBodyTooLarge;
    if (code == error::buffer_overflow) return HttpProblem::kOutOfMemory;
    if (code == error::bad_version) return HttpProblem::kVersion;
    return HttpProblem::kMalformed;
  }

  bool expects_continue() {
    parser_->write_fields(fields_);
    const HttpRequest request{.fields = fields_};
    return is_same_word(request.field("Expect").value_or(""), "100-continue");
  }
  void send_continue() {
    has_continued_ = true;
    boost::asio::async_write(socket_, boost::asio::buffer(kContinue, sizeof kContinue - 1),
                             [self = self()](const Code& code, size_t) {
                               if (code) return self->close();
                               self->read_more();
                             });
  }

  // Working.

  void work() {
    parser_->write_fields(fields_);
    request_ = {.method = parser_->method(), .target = parser_->target(), .fields = fields_, .body = parser_->body()};
    if (parser_->version() == 11 && request_.count("Host") != 1) return refuse(HttpProblem::kMalformed);
    if (static_cast<size_t>(++counters().requests) > limits().requests_max) {
      --counters().requests;
      return refuse(HttpProblem::kTooManyRequests);
    }

    is_counted_ = true;
    is_head_ = request_.method == "HEAD";
    can_chunk_ = parser_->version() == 11;
    keeps_alive_ = can_chunk_ && parser_->keep_alive();
    enter(Phase::kWorking, {});
    HttpHandler& handler = thread_.shared().handler;
    if (handler.may_block(request_)) return work_beside(thread_.shared().blocking);
    request_.memory = &thread_.memory();
    request_.may_wait = false;
    HttpResponse response = answer();
    if (!response.waits) return respond(std::move(response));
    request_.memory = nullptr;
    request_.may_wait = true;
    work_beside(thread_.shared().waiting);
  }

  /// The others of this thread go on meanwhile.
  void work_beside(boost::asio::thread_pool& pool) {
    if (static_cast<size_t>(++counters().waiting) > limits().waiting_max) {
      --counters().waiting;
      return respond(refusal(HttpProblem::kBusy));
    }
    boost::asio::post(pool, [self = self()]() mutable {
      ServerThread& thread = self->thread_;
      auto response = std::make_shared<HttpResponse>(self->answer());
      --self->counters().waiting;
      boost::asio::post(thread.io(), [self = std::move(self), response] { self->respond(std::move(*response)); });
    });
  }

  /// Handlers of ours do not throw, but what they call may find no memory.
  HttpResponse answer() {
    try {
      return thread_.shared().handler.handle(request_);
    } catch (const std::exception&) {
      return refusal(HttpProblem::kFailed);
    }
  }

  HttpResponse refusal(HttpProblem problem) {
    ++counters().refusals[static_cast<size_t>(problem)];
    return thread_.shared().handler.refuse(problem);
  }

  /// What was not read of the request stands before the next one, so the connection ends.
  void refuse(HttpProblem problem) {
    HttpResponse response = refusal(problem);
    response.closes = true;
    is_too_slow_ = false;
    is_head_ = false;
    respond(std::move(response));
  }

  // Sending.

  void respond(HttpResponse response) {
    if (phase_ == Phase::kClosed) return;
    response_ = std::move(response);
    const bool is_stream = response_.stream != nullptr && begin_stream();
    keeps_alive_ = keeps_alive_ && !response_.closes && !thread_.is_draining() && !is_stream;
    write_response_head(head_, response_,
                        {.keeps_alive = keeps_alive_,
                         .is_chunked = is_stream && can_chunk_,
                         .has_length = !is_stream,
                         .date = thread_.date()});
    const bool has_body = !is_stream && !is_head_;
    const std::array<boost::asio::const_buffer, 2> buffers = {
        boost::asio::buffer(head_), boost::asio::buffer(response_.body.data(), has_body ? response_.body.size() : 0)};
    const size_t sent = is_stream ? 0 : send_at_once(buffers);
    if (sent == boost::asio::buffer_size(buffers)) return end_response();

    enter(Phase::kSending, limits().send_time_max);
    boost::asio::async_write(socket_, rest_of(buffers, sent), [self = self(), is_stream](const Code& code, size_t) {
      if (code || self->phase_ == Phase::kClosed) return self->close();
      if (is_stream) return self->go_on_streaming();
      self->end_response();
    });
  }

  /// As many bytes as the socket takes without waiting, which mostly are all. None where the next request is there already:
  /// its answer is not to be made on top of this call.
  size_t send_at_once(const std::array<boost::asio::const_buffer, 2>& buffers) {
    if (!kIsPlain || buffer_.size() > 0 || !lowest().non_blocking()) return 0;
    Code code;  // an error comes again
    return lowest().write_some(buffers, code);
  }

  static std::array<boost::asio::const_buffer, 2> rest_of(std::array<boost::asio::const_buffer, 2> buffers,
                                                          size_t sent) {
    const size_t of_head = std::min(sent, buffers[0].size());
    buffers[0] += of_head;
    buffers[1] += sent - of_head;
    return buffers;
  }

  void end_response() {
    end_request();
    if (!keeps_alive_) return linger();
    wait_for_request(limits().idle_time_max);
  }

  void end_request() {
    if (std::exchange(is_counted_, false)) --counters().requests;
    parser_.reset();
    thread_.keep_memory(std::move(response_.body));
    response_ = {};
  }

  // Streaming.

  /// False where there are too many streams: then the answer is a refusal.
  bool begin_stream() {
    if (is_head_) return false;
    if (static_cast<size_t>(++counters().streams) > limits().streams_max) {
      --counters().streams;
      response_ = refusal(HttpProblem::kTooManyRequests);
      return false;
    }
    stream_ =
        std::make_shared<StreamSender>(limits().stream_bytes_max, [&io = thread_.io(), weak = this->weak_from_this()] {
          boost::asio::post(io, [weak] {
            if (const auto connection = weak.lock()) connection->write_stream();
          });
        });
    return true;
  }

  void go_on_streaming() {
    const auto begin = std::move(response_.stream);
    end_request();
    enter(Phase::kStreaming, {});
    Code ignored;
    lowest().set_option(boost::asio::socket_base::keep_alive(true), ignored);
    if (thread_.is_draining()) stream_->finish();
    begin(stream_);
    notice_end();
    write_stream();
  }

  /// Reads what the client sends beside a stream, to notice when it leaves.
  void notice_end() {
    buffer_.consume(buffer_.size());
    socket_.async_read_some(buffer_.prepare(kReadBytes), [self = self()](const Code& code, size_t) {
      if (self->phase_ != Phase::kStreaming) return;
      if (code) return self->close();
      self->notice_end();
    });
  }

  void write_stream() {
    if (phase_ != Phase::kStreaming || is_writing_) return;
    StreamSender::Taken taken = stream_->take();
    if (taken.is_cut) {
      ++counters().timeouts;
      return close();
    }
    if (taken.bytes.empty() && !taken.is_last) return;

    head_.clear();
    if (!taken.bytes.empty())
      head_ = can_chunk_ ? fmt::format("{:x}\r\n{}\r\n", taken.bytes.size(), taken.bytes) : taken.bytes;
    if (taken.is_last && can_chunk_) head_ += "0\r\n\r\n";
    is_writing_ = true;
    enter(Phase::kStreaming, limits().send_time_max);
    boost::asio::async_write(socket_, boost::asio::buffer(head_),
                             [self = self(), is_last = taken.is_last](const Code& code, size_t) {
                               self->is_writing_ = false;
                               if (code || self->phase_ != Phase::kStreaming) return self->close();
                               self->enter(Phase::kStreaming, {});
                               if (is_last) return self->linger();
                               self->write_stream();
                             });
  }

  void end_stream() {
    if (stream_ == nullptr) return;
    stream_->close();
    stream_.reset();
    --counters().streams;
  }

  // Closing. A close with unread bytes would reset the connection and take the answer with it, so they are read away.

  void linger() {
    end_stream();
    enter(Phase::kClosing, limits().linger_time_max);
    if constexpr (kIsPlain) return read_away();
    if constexpr (!kIsPlain) socket_.async_shutdown([self = self()](const Code&) { self->read_away(); });
  }

  void read_away() {
    if (phase_ == Phase::kClosed) return;
    Code ignored;
    lowest().shutdown(PlainSocket::shutdown_send, ignored);
    buffer_.consume(buffer_.size());
    lowest().async_read_some(buffer_.prepare(kReadBytes), [self = self()](const Code& code, size_t) {
      if (code) return self->close();
      self->read_away();
    });
  }

  ServerThread& thread_;
  Socket socket_;
  boost::beast::flat_buffer buffer_;
  ReceivedBytes received_;
  std::optional<RequestParser> parser_;  // over these
  HttpRequest request_;
  std::vector<HttpField> fields_;
  HttpResponse response_;
  std::string head_;  // being sent
  std::shared_ptr<StreamSender> stream_;
  Phase phase_ = Phase::kIdle;
  int64_t deadline_us_ = 0;  // 0: none
  bool keeps_alive_ = false;
  bool can_chunk_ = true;
  bool is_head_ = false;
  bool is_counted_ = false;
  bool is_too_slow_ = false;
  bool is_writing_ = false;
  bool has_continued_ = false;
};

}  // namespace headrace
