/// Sends prepared requests over some connections in one thread, and says how long the answers took.
///
///   load PORT http|redis REQUESTS CONNECTIONS SECONDS [RATE [PUSHES PUSHES_A_SECOND]]
///
/// REQUESTS is a file of requests as they go over the wire, each behind a line with its number of bytes. They are sent in
/// turn, one at a time a connection. Without RATE, or with 0, each connection sends its next request when it has an answer (closed
/// loop). With RATE requests are due at fixed times, whatever the server does, and the time of one counts from when it was
/// due: a server that stands still is charged for all who would have come meanwhile (coordinated omission).
///
/// PUSHES are requests of the same form that go over a connection of their own, at a steady rate, their times set to that of
/// sending. They are counted apart, by the events that were accepted.
///
/// Prints one line of JSON: requests, seconds, answers that were no success, bytes, quantiles in microseconds.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {
namespace {

[[noreturn]] void fail(const std::string& message) {
  fmt::print(stderr, "load: {}\n", message);
  std::exit(3);
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

template <typename T>
T number_of(std::string_view text) {
  T number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) fail(fmt::format("{} is no number", text));
  return number;
}

std::vector<std::string> read_requests(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> requests;
  for (std::string line; std::getline(in, line);) {
    std::string request(number_of<size_t>(line), '\0');
    if (!in.read(request.data(), static_cast<std::streamsize>(request.size()))) fail("a request is cut off");
    requests.push_back(std::move(request));
  }
  if (requests.empty()) fail("there are no requests in " + file);
  return requests;
}

struct Answer {
  size_t bytes = 0;
  bool is_good = false;
};

/// The whole answer at the beginning of what has come; nothing while some of it is missing.
std::optional<Answer> http_answer(std::string_view text) {
  const size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return std::nullopt;
  size_t place = text.substr(0, head).find("Content-Length: ");
  if (place == std::string_view::npos) fail("an answer without Content-Length: " + std::string(text.substr(0, head)));
  place += 16;
  size_t length = 0;
  for (; text[place] >= '0' && text[place] <= '9'; ++place)
    length = length * 10 + static_cast<size_t>(text[place] - '0');
  if (text.size() < head + 4 + length) return std::nullopt;
  return Answer{head + 4 + length, text.substr(9, 3) == "200"};
}

std::optional<Answer> redis_answer(std::string_view text) {
  const size_t line = text.find("\r\n");
  if (line == std::string_view::npos) return std::nullopt;
  if (text[0] != '$' || text[1] == '-') return Answer{line + 2, false};
  const size_t length = number_of<size_t>(text.substr(1, line - 1));
  if (text.size() < line + 2 + length + 2) return std::nullopt;
  return Answer{line + 2 + length + 2, true};
}

struct Line {
  int socket = -1;
  int64_t due_ns = 0;  // of the request in work; 0: none
  std::string received;
};

/// Pushes of events, each sent when it is due and the one before was answered.
class Pushes {
 public:
  Pushes(int socket, std::vector<std::string> texts, double per_second)
      : socket_(socket), gap_ns_(1e9 / per_second), texts_(std::move(texts)) {
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
    // Looked for beforehand: while this thread is busy it takes no answers, and the server would be charged for that.
    for (const std::string& text : texts_) {
      std::vector<size_t>& places = places_.emplace_back();
      for (size_t at = text.find(kNoTime); at != std::string::npos; at = text.find(kNoTime, at + 1))
        places.push_back(at);
    }
  }
  Pushes(const Pushes&) = delete;
  Pushes& operator=(const Pushes&) = delete;
  ~Pushes() { ::close(socket_); }

  int64_t accepted() const { return accepted_; }
  bool is_idle() const { return left_.empty() && !is_waiting_; }

  /// Goes on as far as it can without waiting. `may_begin`: with a push that is due.
  void work(int64_t now, int64_t start_ns, bool may_begin) {
    const bool is_due = now >= start_ns + static_cast<int64_t>(gap_ns_ * static_cast<double>(pushed_));
    if (may_begin && is_idle() && is_due) begin();
    while (!left_.empty()) {
      const ssize_t sent = ::send(socket_, left_.data(), left_.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) fail("a push could not be sent");
      left_.remove_prefix(static_cast<size_t>(sent));
    }
    if (is_waiting_) receive();
  }

 private:
  static constexpr std::string_view kNoTime = "0000-00-00T00:00:00.000000Z";

  void begin() {
    std::string& text = texts_[pushed_ % texts_.size()];
    const std::vector<size_t>& places = places_[pushed_++ % texts_.size()];
    const auto us = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto second = std::chrono::floor<std::chrono::seconds>(us);
    const std::string time = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(second), (us - second).count());
    if (time.size() != kNoTime.size()) fail("a time has another size");
    for (const size_t place : places)
      std::copy(time.begin(), time.end(), text.begin() + static_cast<std::ptrdiff_t>(place));
    left_ = text;
    is_waiting_ = true;
  }

  void receive() {
    char buffer[4096];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the server has closed the connection of pushes");
    received_.append(buffer, static_cast<size_t>(got));
    const std::optional<Answer> answer = http_answer(received_);
    if (!answer) return;
    constexpr std::string_view kAccepted = "\"accepted\":";
    const size_t place = received_.find(kAccepted);
    if (!answer->is_good || place == std::string::npos) fail("a push was refused: " + received_);
    accepted_ += std::strtoll(received_.c_str() + place + kAccepted.size(), nullptr, 10);
    received_.clear();
    is_waiting_ = false;
  }

  const int socket_;
  const double gap_ns_;
  std::vector<std::string> texts_;
  std::vector<std::vector<size_t>> places_;  // of the times in each text
  std::string_view left_;                    // of the push in work, to be sent
  std::string received_;
  bool is_waiting_ = false;
  size_t pushed_ = 0;
  int64_t accepted_ = 0;
};

int connect_to(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("nobody listens");
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

class Load {
 public:
  Load(uint16_t port, bool is_http, std::vector<std::string> requests, size_t connections, double seconds, double rate)
      : requests_(std::move(requests)),
        is_http_(is_http),
        gap_ns_(rate > 0 ? 1e9 / rate : 0),
        poll_(epoll_create1(0)),
        lines_(connections) {
    for (size_t i = 0; i < connections; ++i) {
      lines_[i].socket = connect_to(port);
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(poll_, EPOLL_CTL_ADD, lines_[i].socket, &event);
      idle_.push_back(i);
    }
    start_ns_ = now_ns();
    end_ns_ = start_ns_ + static_cast<int64_t>(seconds * 1e9);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    for (const Line& line : lines_) ::close(line.socket);
    ::close(poll_);
  }

  void set_pushes(std::unique_ptr<Pushes> pushes) { pushes_ = std::move(pushes); }

  void run() {
    std::vector<epoll_event> events(lines_.size());
    while (true) {
      const int64_t now = now_ns();
      if (now < end_ns_) send_due(now);
      if (pushes_) pushes_->work(now, start_ns_, now < end_ns_);
      if (idle_.size() == lines_.size() && now >= end_ns_ && (!pushes_ || pushes_->is_idle())) break;
      if (now > end_ns_ + kPatienceNs) fail("answers are missing");
      // Nobody else is on this core: looking again costs less than being woken late, and no server pays for waking us.
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 0);
      for (int i = 0; i < count; ++i) receive(events[static_cast<size_t>(i)].data.u64);
    }
    last_ns_ = now_ns();
  }

  void print() {
    std::sort(latencies_ns_.begin(), latencies_ns_.end());
    const double seconds = static_cast<double>(last_ns_ - start_ns_) / 1e9;
    const auto quantile_us = [&](double q) {
      const auto place = static_cast<size_t>(q * static_cast<double>(latencies_ns_.size()));
      return static_cast<double>(latencies_ns_[std::min(place, latencies_ns_.size() - 1)]) / 1e3;
    };
    fmt::print(
        "{{\"requests\": {}, \"seconds\": {:.3f}, \"failed\": {}, \"bytes\": {}, \"p50_us\": {:.1f}, \"p90_us\": "
        "{:.1f}, "
        "\"p99_us\": {:.1f}, \"p999_us\": {:.1f}, \"max_us\": {:.1f}, \"accepted\": {}}}\n",
        latencies_ns_.size(), seconds, failed_, bytes_, quantile_us(0.5), quantile_us(0.9), quantile_us(0.99),
        quantile_us(0.999), quantile_us(1.0), pushes_ ? pushes_->accepted() : 0);
  }

 private:
  static constexpr int64_t kPatienceNs = 30'000'000'000;

  /// Open loop: what is due goes to connections that are free; without one it waits, and its time runs.
  void send_due(int64_t now) {
    while (!idle_.empty()) {
      int64_t due = now;
      if (gap_ns_ > 0) due = start_ns_ + static_cast<int64_t>(gap_ns_ * static_cast<double>(sent_));
      if (due > now) return;
      Line& line = lines_[idle_.back()];
      idle_.pop_back();
      const std::string& request = requests_[sent_++ % requests_.size()];
      line.due_ns = due;
      if (::send(line.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
        fail("a request could not be sent");
      }
    }
  }

  void receive(size_t which) {
    Line& line = lines_[which];
    char buffer[1 << 16];
    const ssize_t got = ::recv(line.socket, buffer, sizeof buffer, 0);
    if (got <= 0) fail("the server has closed a connection");
    line.received.append(buffer, static_cast<size_t>(got));
    const std::optional<Answer> answer = is_http_ ? http_answer(line.received) : redis_answer(line.received);
    if (!answer) return;

    latencies_ns_.push_back(now_ns() - line.due_ns);
    bytes_ += answer->bytes;
    failed_ += answer->is_good ? 0 : 1;
    line.received.erase(0, answer->bytes);
    idle_.push_back(which);
  }

  const std::vector<std::string> requests_;
  const bool is_http_;
  const double gap_ns_;  // 0: closed loop
  const int poll_;
  std::vector<Line> lines_;
  std::vector<size_t> idle_;
  std::vector<int64_t> latencies_ns_;
  std::unique_ptr<Pushes> pushes_;  // null: there are none
  size_t sent_ = 0;
  size_t bytes_ = 0;
  size_t failed_ = 0;
  int64_t start_ns_ = 0, end_ns_ = 0, last_ns_ = 0;
};

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  if (argc < 6) headrace::fail("PORT http|redis REQUESTS CONNECTIONS SECONDS [RATE [PUSHES PUSHES_A_SECOND]]");
  using headrace::number_of;
  headrace::Load load(number_of<uint16_t>(argv[1]), std::string_view(argv[2]) == "http",
                      headrace::read_requests(argv[3]), number_of<size_t>(argv[4]), number_of<double>(argv[5]),
                      argc > 6 ? number_of<double>(argv[6]) : 0);
  if (argc > 8) {
    load.set_pushes(std::make_unique<headrace::Pushes>(headrace::connect_to(number_of<uint16_t>(argv[1])),
                                                       headrace::read_requests(argv[7]), number_of<double>(argv[8])));
  }
  load.run();
  load.print();
}
