#include "serving/http/http_server.h"

#include "serving/http/raw_client_testing.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace headrace {
namespace {

constexpr char kGet[] = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

/// Answers by what the path says.
class PathHandler : public HttpHandler {
 public:
  bool may_block(const HttpRequest& request) const override { return request.target == "/wait"; }
  HttpResponse handle(const HttpRequest& request) override {
    if (request.target == "/cold" && !request.may_wait) return {.waits = true};
    if (request.target == "/wait" || request.target == "/cold") {
      has_come.set_value();
      may_go.get_future().wait();
    }
    if (request.target == "/large") return {.body = std::string(32 << 20, 'x')};
    if (request.target == "/throws") throw std::bad_alloc();
    if (request.target == "/stream") {
      return {.content_type = "text/event-stream",
              .stream = [this](std::shared_ptr<HttpStream> stream) { streams.set_value(std::move(stream)); }};
    }
    return {.content_type = "text/plain",
            .body = std::string(request.method) + " " + std::string(request.target) + " " + std::string(request.body)};
  }
  HttpResponse refuse(HttpProblem problem) override {
    return {.status = status_of(problem), .body = std::string(to_string(problem))};
  }

  std::promise<void> has_come, may_go;  // of /wait and /cold, once
  std::promise<std::shared_ptr<HttpStream>> streams;
};

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpLimits limits = {}, int threads = 2) {
    Result<std::unique_ptr<HttpServer>> started =
        HttpServer::start({.threads = threads, .limits = limits}, handler_, counters_);
    CHECK(started.ok());
    server_ = *std::move(started);
  }
  RawClient client() { return RawClient(server_->address().port); }
  /// Status line and body of the answer to these bytes.
  std::string ask(const std::string& bytes) {
    RawClient client = this->client();
    client.send(bytes);
    const std::string answer = client.answer();
    return status_line(answer) + " " + body_of(answer);
  }

  PathHandler handler_;
  HttpCounters counters_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, KeepsAliveAndAnswersInOrder) {
  start();
  RawClient client = this->client();
  client.send(kGet);
  EXPECT_EQ(body_of(client.answer()), "GET /x ");
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  }
  client.send(many);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(body_of(client.answer()), "POST /" + std::to_string(i) + " abc");
  EXPECT_EQ(counters_.connections_total, 1);
}

TEST_F(HttpServerTest, RefusesMoreThatMayWaitThanItHasRoomFor) {
  start({.waiting_max = 1});
  RawClient first = client(), second = client();
  first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  handler_.has_come.get_future().wait();
  second.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string refused = second.answer();
  EXPECT_EQ(status_line(refused), "HTTP/1.1 429");
  EXPECT_EQ(body_of(refused), "busy");
  second.send(kGet);
  EXPECT_EQ(body_of(second.answer()), "GET /x ") << "the connection goes on";
  handler_.may_go.set_value();
  EXPECT_EQ(status_line(first.answer()), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, WhatTurnsOutToWaitHoldsUpNobodyOfItsThread) {
  start({.waiting_max = 1}, 1);
  RawClient cold = client(), second = client();
  cold.send("GET /cold HTTP/1.1\r\nHost: a\r\n\r\n");
  handler_.has_come.get_future().wait();
  second.send(kGet);
  EXPECT_EQ(body_of(second.answer()), "GET /x ");
  second.send("GET /cold HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_line(second.answer()), "HTTP/1.1 429");
  handler_.may_go.set_value();
  EXPECT_EQ(body_of(cold.answer()), "GET /cold ");
  cold.send(kGet);
  EXPECT_EQ(body_of(cold.answer()), "GET /x ");
}

TEST_F(HttpServerTest, TakesRequestsInPieces) {
  start();
  RawClient client = this->client();
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\n";
  for (const char c : request) ASSERT_TRUE(client.send(std::string(1, c)));
  EXPECT_EQ(body_of(client.answer()), "POST /x abcde");
}

TEST_F(HttpServerTest, ClosesWhereTheClientWants) {
  start();
  for (const char* request : {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /x HTTP/1.0\r\n\r\n"}) {
    RawClient client = this->client();
    client.send(request);
    EXPECT_EQ(body_of(client.answer()), "GET /x ");
    EXPECT_TRUE(client.is_ended());
  }
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  start();
  RawClient client = this->client();
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(client.until("\r\n\r\n").find("Content-Length: 8\r\n"), std::string::npos);
  client.send(kGet);
  EXPECT_EQ(body_of(client.answer()), "GET /x ");
}

TEST_F(HttpServerTest, TellsClientsThatWaitToGoOn) {
  start({.body_bytes_max = 100});
  RawClient client = this->client();
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(body_of(client.answer()), "POST /x abc");
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n"),
            "HTTP/1.1 413 body_too_large");
}

TEST_F(HttpServerTest, RefusesWhatIsNoHttp) {
  start();
  EXPECT_EQ(ask("hello\r\n\r\n"), "HTTP/1.1 400 malformed");
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 malformed");  // no Host
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), "HTTP/1.1 400 malformed");
  EXPECT_EQ(ask("GET /x HTTP/2.0\r\nHost: a\r\n\r\n"), "HTTP/1.1 505 http_version");
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"), "HTTP/1.1 400 malformed");
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost : a\r\n\r\n"), "HTTP/1.1 400 malformed");
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\n folded\r\nx y: 1\r\n\r\n"), "HTTP/1.1 400 malformed");
}

// A proxy and a server that disagree where a request ends let one client answer for another.
TEST_F(HttpServerTest, RefusesBodiesOfTwoLengths) {
  start();
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "HTTP/1.1 400 malformed");
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
            "HTTP/1.1 400 malformed");
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
            "HTTP/1.1 400 malformed");
}

TEST_F(HttpServerTest, LimitsSizes) {
  start({.header_bytes_max = 1000, .body_bytes_max = 100});
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(1000, 'y') + "\r\n\r\n"),
            "HTTP/1.1 431 header_too_large");
  EXPECT_EQ(ask("GET /" + std::string(5000, 'y')), "HTTP/1.1 431 header_too_large");
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), "HTTP/1.1 413 body_too_large");
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + std::string(128, 'y')),
            "HTTP/1.1 413 body_too_large");
  const std::string body(100, 'y');
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + body), "HTTP/1.1 200 POST /x " + body);
}

TEST_F(HttpServerTest, LimitsTheBytesOfAllBodies) {
  start({.body_bytes_total_max = 150});
  RawClient first = client();
  first.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(100, 'y'));
  while (counters_.body_bytes < 100) std::this_thread::yield();
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'y')),
            "HTTP/1.1 503 too_many_bytes");
  first.send("z");
  EXPECT_EQ(status_line(first.answer()), "HTTP/1.1 200");
  first.send(kGet);  // its answer comes after the first request is gone
  EXPECT_EQ(status_line(first.answer()), "HTTP/1.1 200");
  EXPECT_EQ(counters_.body_bytes, 0);
}

TEST_F(HttpServerTest, LimitsTimes) {
  start({.receive_time_max = {200'000}, .idle_time_max = {100'000}});
  RawClient silent = client();
  RawClient slow = client();
  slow.send("GET /x HTTP/1.1\r\nHo");
  RawClient slow_body = client();
  slow_body.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  RawClient idle = client();
  idle.send(kGet);
  EXPECT_EQ(status_line(idle.answer()), "HTTP/1.1 200");

  EXPECT_TRUE(silent.is_ended());
  EXPECT_EQ(status_line(slow.answer()), "HTTP/1.1 408");
  EXPECT_TRUE(slow.is_ended());
  EXPECT_EQ(status_line(slow_body.answer()), "HTTP/1.1 408");
  EXPECT_TRUE(idle.is_ended());
  EXPECT_EQ(counters_.timeouts, 4);
}

TEST_F(HttpServerTest, CutsOffClientsThatDoNotRead) {
  start({.send_time_max = {200'000}});
  RawClient client(server_->address().port, 4096);
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  while (counters_.timeouts < 1) std::this_thread::yield();
  while (counters_.connections > 0) std::this_thread::yield();
  EXPECT_EQ(counters_.requests, 0);
}

TEST_F(HttpServerTest, LimitsConnections) {
  start({.connections_max = 2});
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(client());
    clients.back().send(kGet);
    EXPECT_EQ(status_line(clients.back().answer()), "HTTP/1.1 200");
  }
  RawClient third = client();
  EXPECT_EQ(status_line(third.answer()), "HTTP/1.1 503");
  EXPECT_TRUE(third.is_ended());

  clients.clear();
  while (counters_.connections > 0) std::this_thread::yield();
  EXPECT_EQ(ask(kGet), "HTTP/1.1 200 GET /x ");
}

TEST_F(HttpServerTest, LimitsRequestsInWorkAndAnswersOthersMeanwhile) {
  start({.requests_max = 1}, 1);
  RawClient waiting = client();
  waiting.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  handler_.has_come.get_future().wait();
  EXPECT_EQ(ask(kGet), "HTTP/1.1 503 too_many_requests");  // by the only thread, which does not wait
  handler_.may_go.set_value();
  EXPECT_EQ(body_of(waiting.answer()), "GET /wait ");
  waiting.send(kGet);
  EXPECT_EQ(body_of(waiting.answer()), "GET /x ");
}

TEST_F(HttpServerTest, AnswersForHandlersThatFail) {
  start();
  RawClient client = this->client();
  client.send("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body_of(client.answer()), "failed");
  client.send(kGet);
  EXPECT_EQ(status_line(client.answer()), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, StopFinishesWhatIsInWork) {
  start();
  RawClient idle = client();
  idle.send(kGet);
  EXPECT_EQ(status_line(idle.answer()), "HTTP/1.1 200");
  RawClient waiting = client();
  waiting.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  handler_.has_come.get_future().wait();

  std::thread stopping([this] { server_->stop(); });
  EXPECT_TRUE(idle.is_ended());
  const uint16_t port = server_->address().port;
  EXPECT_FALSE(RawClient(port).is_connected());
  handler_.may_go.set_value();
  const std::string answer = waiting.answer();
  EXPECT_EQ(body_of(answer), "GET /wait ");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  {
    const RawClient gone = std::move(waiting);
  }
  stopping.join();
  EXPECT_EQ(counters_.connections, 0);
}

TEST_F(HttpServerTest, StopWaitsOnlySoLong) {
  start({.drain_time_max = {100'000}});
  RawClient slow = client();
  slow.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  while (counters_.body_bytes < 1) std::this_thread::yield();
  server_->stop();
  EXPECT_TRUE(slow.is_ended());
}

TEST_F(HttpServerTest, StreamsUntilFinished) {
  start();
  RawClient client = this->client();
  client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::shared_ptr<HttpStream> stream = handler_.streams.get_future().get();
  EXPECT_TRUE(stream->send("data: 1\n\n"));
  EXPECT_NE(client.until("\r\n\r\n").find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(client.until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(stream->send("data: 2\n\n"));
  EXPECT_EQ(client.until("\n\n\r\n"), "9\r\ndata: 2\n\n\r\n");
  stream->finish();
  EXPECT_EQ(client.until("0\r\n\r\n"), "0\r\n\r\n");
  EXPECT_TRUE(client.is_ended());
  EXPECT_FALSE(stream->send("data: 3\n\n"));
}

TEST_F(HttpServerTest, StreamsEndWithTheClientTheServerAndTheLimit) {
  start({.stream_bytes_max = 1000});
  std::shared_ptr<HttpStream> stream;
  {
    RawClient client = this->client();
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    stream = handler_.streams.get_future().get();
    client.until("\r\n\r\n");
  }
  while (stream->is_open()) std::this_thread::yield();

  handler_.streams = {};
  RawClient second = client();
  second.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  stream = handler_.streams.get_future().get();
  EXPECT_FALSE(stream->send(std::string(1001, 'x')));
  second.until("\r\n\r\n");
  EXPECT_TRUE(second.is_ended());

  handler_.streams = {};
  RawClient third = client();
  third.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  stream = handler_.streams.get_future().get();
  server_->stop();
  EXPECT_FALSE(stream->is_open());
  EXPECT_EQ(counters_.streams, 0);
}

TEST_F(HttpServerTest, PortsAreTakenOnce) {
  start();
  HttpServerOptions options{.address = server_->address()};
  const auto second = HttpServer::start(options, handler_, counters_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kUnavailable);
  server_->stop();
  EXPECT_TRUE(HttpServer::start(options, handler_, counters_).ok());
}

TEST_F(HttpServerTest, BeyondLoopbackWithTlsAndTokensOnly) {
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "127.0.0.1.1"}) {
    for (const bool has_tokens : {false, true}) {
      HttpServerOptions options{.address = {.host = host}, .is_authenticated = has_tokens};
      EXPECT_EQ(HttpServer::start(options, handler_, counters_).error().kind(), ErrorKind::kUsage) << host;
      options.tls = HttpTls{"missing.pem", "missing.key"};
      const auto expected = has_tokens ? ErrorKind::kEnvironment : ErrorKind::kUsage;
      EXPECT_EQ(HttpServer::start(options, handler_, counters_).error().kind(), expected) << host;
    }
  }
}

}  // namespace
}  // namespace headrace
