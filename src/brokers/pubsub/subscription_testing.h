#pragma once

/// A subscription of Pub/Sub in this process, behind a real gRPC server: what it delivers, when, and what it answers is up to
/// the test. Deadlines do not pass by themselves.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <pubsub.grpc.pb.h>

namespace headrace {

/// Thread-safe.
class TestSubscription : public google::pubsub::v1::Subscriber::Service {
 public:
  ~TestSubscription() override { stop(); }

  /// On the port where it was, or a free one.
  void start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  /// As a service that is gone; what was delivered and not acknowledged is delivered again.
  void stop() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
    expire();
  }
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  void publish(const std::string& id, const std::string& data) {
    const std::lock_guard lock(mutex_);
    order_.push_back(id);
    messages_[id].data = data;
    changed_.notify_all();
  }
  /// All deadlines pass.
  void expire() {
    const std::lock_guard lock(mutex_);
    for (auto& [id, message] : messages_) message.is_out = false;
    changed_.notify_all();
  }
  /// What streams end with, and what requests are answered; OK: neither.
  void refuse_streams(grpc::StatusCode code) { set(stream_code_, code); }
  void refuse_requests(grpc::StatusCode code) { set(request_code_, code); }

  std::set<std::string> acknowledged() const {
    return find([](const Message& message) { return message.is_acknowledged; });
  }
  std::set<std::string> delivered() const {
    return find([](const Message& message) { return message.is_out; });
  }
  int deliveries(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return messages_.at(id).deliveries;
  }
  int extensions() const {
    const std::lock_guard lock(mutex_);
    return extensions_;
  }

  grpc::Status StreamingPull(grpc::ServerContext* context,
                             grpc::ServerReaderWriter<google::pubsub::v1::StreamingPullResponse,
                                                      google::pubsub::v1::StreamingPullRequest>* stream) override {
    google::pubsub::v1::StreamingPullRequest request;
    if (!stream->Read(&request)) return grpc::Status::OK;
    std::unique_lock lock(mutex_);
    while (!context->IsCancelled()) {
      if (stream_code_ != grpc::StatusCode::OK) return {stream_code_, "as the test says"};
      google::pubsub::v1::StreamingPullResponse response;
      for (const std::string& id : order_) deliver(id, response);
      if (response.received_messages_size() > 0) {
        stream->Write(response);
      } else {
        changed_.wait_for(lock, std::chrono::milliseconds(20));
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status Acknowledge(grpc::ServerContext*, const google::pubsub::v1::AcknowledgeRequest* request,
                           google::protobuf::Empty*) override {
    const std::lock_guard lock(mutex_);
    if (request_code_ != grpc::StatusCode::OK) return {request_code_, "as the test says"};
    for (const std::string& ack_id : request->ack_ids()) {
      for (auto& [id, message] : messages_) {
        // By an older delivery nothing is acknowledged.
        if (message.is_out && message.ack_id(id) == ack_id) message.is_acknowledged = true;
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status ModifyAckDeadline(grpc::ServerContext*, const google::pubsub::v1::ModifyAckDeadlineRequest* request,
                                 google::protobuf::Empty*) override {
    const std::lock_guard lock(mutex_);
    if (request_code_ != grpc::StatusCode::OK) return {request_code_, "as the test says"};
    for (const std::string& ack_id : request->ack_ids()) {
      if (request->ack_deadline_seconds() > 0) ++extensions_;
      for (auto& [id, message] : messages_) {
        if (request->ack_deadline_seconds() == 0 && message.ack_id(id) == ack_id) message.is_out = false;
      }
    }
    return grpc::Status::OK;
  }

 private:
  struct Message {
    std::string data;
    int deliveries = 0;
    bool is_out = false;
    bool is_acknowledged = false;
    std::string ack_id(const std::string& id) const { return id + "/" + std::to_string(deliveries); }
  };

  void set(grpc::StatusCode& what, grpc::StatusCode code) {
    const std::lock_guard lock(mutex_);
    what = code;
    changed_.notify_all();
  }
  void deliver(const std::string& id, google::pubsub::v1::StreamingPullResponse& response) {
    Message& message = messages_[id];
    if (message.is_out || message.is_acknowledged) return;
    message.is_out = true;
    ++message.deliveries;
    google::pubsub::v1::ReceivedMessage& received = *response.add_received_messages();
    received.set_ack_id(message.ack_id(id));
    received.mutable_message()->set_message_id(id);
    received.mutable_message()->set_data(message.data);
  }
  template <typename Is>
  std::set<std::string> find(const Is& is) const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> ids;
    for (const auto& [id, message] : messages_) {
      if (is(message)) ids.insert(id);
    }
    return ids;
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> order_;
  std::map<std::string, Message> messages_;
  grpc::StatusCode stream_code_ = grpc::StatusCode::OK;
  grpc::StatusCode request_code_ = grpc::StatusCode::OK;
  int extensions_ = 0;
};

}  // namespace headrace
