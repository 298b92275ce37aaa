#include "brokers/pubsub/grpc_subscriber.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include <pubsub.grpc.pb.h>

namespace headrace {
namespace {

namespace pubsub = google::pubsub::v1;

/// A message has 10 MB at most, and the service sends about as much at a time.
constexpr int kReceivedBytesMax = 64 << 20;
constexpr size_t kIdBytesMax = 1024;
constexpr int kKeepAliveMs = 60'000;
constexpr int kKeepAliveAnswerMs = 20'000;
constexpr int kReconnectMsMax = 10'000;

/// What a person can do about an answer of the service.
std::string remedy_of(grpc::StatusCode code, const std::string& subscription) {
  switch (code) {
    case grpc::StatusCode::PERMISSION_DENIED:
      return fmt::format("give the account the role roles/pubsub.subscriber on {}", subscription);
    case grpc::StatusCode::UNAUTHENTICATED:
      return "look at `credentials_file` of `pubsub` in environments.yaml, or at Google's default credentials";
    case grpc::StatusCode::NOT_FOUND:
      return fmt::format("make it (gcloud pubsub subscriptions create), or name another one; its name is {}",
                         subscription);
    default: return {};
  }
}

/// The word of the interface for a code.
std::string_view word_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED: return "cancelled";
    case grpc::StatusCode::INVALID_ARGUMENT: return "invalid argument";
    case grpc::StatusCode::DEADLINE_EXCEEDED: return "no answer in time";
    case grpc::StatusCode::NOT_FOUND: return "not found";
    case grpc::StatusCode::PERMISSION_DENIED: return "permission denied";
    case grpc::StatusCode::UNAUTHENTICATED: return "not authenticated";
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return "quota exhausted";
    case grpc::StatusCode::FAILED_PRECONDITION: return "failed precondition";
    case grpc::StatusCode::UNAVAILABLE: return "unavailable";
    default: return "failed";
  }
}

class GrpcSubscriber : public PubSubSubscriber {
 public:
  explicit GrpcSubscriber(PubSubConnection connection) : connection_(std::move(connection)) {}
  ~GrpcSubscriber() override { cancel_stream(); }

  Result<std::vector<PubSubMessage>> read() override;
  Status acknowledge(const std::vector<std::string>& ack_ids, Duration patience) override;
  Status set_deadline(const std::vector<std::string>& ack_ids, Duration deadline, Duration patience) override;
  bool is_connected() const override;
  void cancel() override;

 private:
  using Stream = grpc::ClientReaderWriter<pubsub::StreamingPullRequest, pubsub::StreamingPullResponse>;

  Result<std::shared_ptr<grpc::ChannelCredentials>> find_credentials() const;
  Result<pubsub::Subscriber::Stub*> connect();
  Status open_stream();
  void cancel_stream();
  grpc::Status end_stream();
  Error error_of(const grpc::Status& status) const;
  Status status_of(const grpc::Status& status) const;
  void prepare(grpc::ClientContext& context, Duration patience) const;

  const PubSubConnection connection_;
  mutable std::mutex mutex_;  // of the channel, the stub, the context and whether it is cancelled
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pubsub::Subscriber::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;  // of the stream
  bool is_cancelled_ = false;
  std::unique_ptr<Stream> stream_;  // of the thread that reads
};

Result<std::shared_ptr<grpc::ChannelCredentials>> GrpcSubscriber::find_credentials() const {
  if (connection_.is_plain) return grpc::InsecureChannelCredentials();
  if (connection_.credentials.empty()) {
    std::shared_ptr<grpc::ChannelCredentials> found = grpc::GoogleDefaultCredentials();
    if (found) return found;
    return Error::environment("Google's default credentials are not there")
        .with_help(
            "name the file of a key: `pubsub: {credentials_file: PATH}` in environments.yaml, or the variable "
            "GOOGLE_APPLICATION_CREDENTIALS");
  }

  constexpr long kTokenSeconds = 3600;
  std::shared_ptr<grpc::CallCredentials> call =
      grpc::ServiceAccountJWTAccessCredentials(connection_.credentials, kTokenSeconds);
  if (!call) call = grpc::GoogleRefreshTokenCredentials(connection_.credentials);
  if (call) return grpc::CompositeChannelCredentials(grpc::SslCredentials({}), call);
  return Error::environment("the file of `credentials_file` is no key of a service account, and no login of a user")
      .with_help(
          "make a key of the service account in JSON; other kinds work by the variable "
          "GOOGLE_APPLICATION_CREDENTIALS");
}

Result<pubsub::Subscriber::Stub*> GrpcSubscriber::connect() {
  {
    const std::lock_guard lock(mutex_);
    if (stub_) return stub_.get();
  }
  // Google's default credentials may be asked for on the network, which takes some seconds where there is none.
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials, find_credentials());
  const std::lock_guard lock(mutex_);
  if (stub_) return stub_.get();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceivedBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepAliveAnswerMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  // One connection for each subscription, whatever else the process speaks to.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (connection_.is_plain) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  channel_ = grpc::CreateCustomChannel(connection_.endpoint, credentials, arguments);
  stub_ = pubsub::Subscriber::NewStub(channel_);
  return stub_.get();
}

bool GrpcSubscriber::is_connected() const {
  const std::lock_guard lock(mutex_);
  return channel_ && channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
}

void GrpcSubscriber::cancel() {
  const std::lock_guard lock(mutex_);
  is_cancelled_ = true;
  if (context_) context_->TryCancel();
}

/// Where the service sends a request, it looks at this before the request itself.
void GrpcSubscriber::prepare(grpc::ClientContext& context, Duration patience) const {
  context.AddMetadata("x-goog-request-params", "subscription=" + connection_.subscription);
  if (patience.us == 0) return;
  const gpr_timespec span = gpr_time_from_micros(patience.us, GPR_TIMESPAN);
  context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), span));
}

Status GrpcSubscriber::open_stream() {
  ASSIGN_OR_RETURN(pubsub::Subscriber::Stub* const stub, connect());
  {
    const std::lock_guard lock(mutex_);
    if (is_cancelled_) return Error::stopped("the subscription is read no longer");
    context_ = std::make_unique<grpc::ClientContext>();
    prepare(*context_, Duration{0});
  }
  stream_ = stub->StreamingPull(context_.get());

  pubsub::StreamingPullRequest request;
  request.set_subscription(connection_.subscription);
  request.set_stream_ack_deadline_seconds(static_cast<int>(connection_.deadline.us / kMicrosPerSecond));
  request.set_client_id("headrace");
  request.set_max_outstanding_messages(connection_.messages_max);
  request.set_max_outstanding_bytes(connection_.bytes_max);
  if (stream_->Write(request)) return {};
  return error_of(end_stream());
}

void GrpcSubscriber::cancel_stream() {
  if (!stream_) return;
  {
    const std::lock_guard lock(mutex_);
    context_->TryCancel();
  }
  end_stream();
}

/// Returns how it ended. REQUIRES: nothing more can be read from it or written to it.
grpc::Status GrpcSubscriber::end_stream() {
  const grpc::Status status = stream_->Finish();
  stream_.reset();
  const std::lock_guard lock(mutex_);
  context_.reset();
  return status;
}

Result<std::vector<PubSubMessage>> GrpcSubscriber::read() {
  if (!stream_) RETURN_IF_ERROR(open_stream());
  pubsub::StreamingPullResponse response;
  do {
    if (!stream_->Read(&response)) return error_of(end_stream());
  } while (response.received_messages_size() == 0);

  std::vector<PubSubMessage> messages;
  messages.reserve(static_cast<size_t>(response.received_messages_size()));
  for (pubsub::ReceivedMessage& each : *response.mutable_received_messages()) {
    pubsub::PubsubMessage& message = *each.mutable_message();
    if (message.message_id().empty() || message.message_id().size() > kIdBytesMax) {
      cancel_stream();
      return Error::environment(fmt::format("{} brought a message without an id", connection_.endpoint))
          .with_help("look whether `endpoint` is one of Pub/Sub");
    }
    messages.push_back({.ack_id = std::move(*each.mutable_ack_id()),
                        .id = std::move(*message.mutable_message_id()),
                        .data = std::move(*message.mutable_data())});
  }
  return messages;
}

Status GrpcSubscriber::acknowledge(const std::vector<std::string>& ack_ids, Duration patience) {
  ASSIGN_OR_RETURN(pubsub::Subscriber::Stub* const stub, connect());
  grpc::ClientContext context;
  prepare(context, patience);
  pubsub::AcknowledgeRequest request;
  request.set_subscription(connection_.subscription);
  request.mutable_ack_ids()->Assign(ack_ids.begin(), ack_ids.end());
  google::protobuf::Empty answer;
  return status_of(stub->Acknowledge(&context, request, &answer));
}

Status GrpcSubscriber::set_deadline(const std::vector<std::string>& ack_ids, Duration deadline, Duration patience) {
  ASSIGN_OR_RETURN(pubsub::Subscriber::Stub* const stub, connect());
  grpc::ClientContext context;
  prepare(context, patience);
  pubsub::ModifyAckDeadlineRequest request;
  request.set_subscription(connection_.subscription);
  request.set_ack_deadline_seconds(static_cast<int>(deadline.us / kMicrosPerSecond));
  request.mutable_ack_ids()->Assign(ack_ids.begin(), ack_ids.end());
  google::protobuf::Empty answer;
  return status_of(stub->ModifyAckDeadline(&context, request, &answer));
}

Error GrpcSubscriber::error_of(const grpc::Status& status) const {
  const grpc::StatusCode code = status.error_code();
  const std::string reason =
      status.ok()
          ? "the service ended the stream"
          : fmt::format("{}{}{}", word_of(code), status.error_message().empty() ? "" : ": ", status.error_message());
  const std::string message =
      fmt::format("{}: subscription `{}`: {}", connection_.endpoint, connection_.subscription, reason);
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION: return Error::data(message);
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::NOT_FOUND:
      return Error::environment(message).with_help(remedy_of(code, connection_.subscription));
    default: return Error::unavailable(message);
  }
}

Status GrpcSubscriber::status_of(const grpc::Status& status) const {
  return status.ok() ? Status() : Status(error_of(status));
}

}  // namespace

std::unique_ptr<PubSubSubscriber> make_grpc_subscriber(const PubSubConnection& connection) {
  // What went wrong is told by errors; standard error belongs to the program.
  gpr_set_log_function([](gpr_log_func_args*) {});
  return std::make_unique<GrpcSubscriber>(connection);
}

}  // namespace headrace

headrace::PubSubSubscriber* headrace_open_pubsub_1(const headrace::PubSubConnection& connection) {
  return headrace::make_grpc_subscriber(connection).release();
}
