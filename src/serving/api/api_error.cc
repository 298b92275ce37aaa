#include "serving/api/api_error.h"

#include "base/option_name.h"

namespace headrace {
namespace {

/// A member of a request; or, in words, what only those who run the program can choose.
std::string word_for_option(OptionName name, std::string_view) {
  switch (name) {
    case OptionName::kFeatures: return "`features`";
    case OptionName::kKey: return "`entities`";
    case OptionName::kStart:
    case OptionName::kEnd: return "`as_of`";

    case OptionName::kBadRows:
    case OptionName::kBadRowsFile: return "the program's option for bad rows";
    case OptionName::kDev: return "the program's option for exploring";
    case OptionName::kEvery: return "the program's option for a grid of times";
    case OptionName::kForce:
    case OptionName::kReplace: return "the program's option for replacing what is there";
    case OptionName::kMemory: return "the program's option for its memory";
    case OptionName::kObservationsForm: return "the program's option for the form of observations";
    case OptionName::kOutput: return "the program's option for its output";
    case OptionName::kOutputFormat: return "the program's option for the format of its output";
    case OptionName::kPartition: return "the program's option for partitions";
    case OptionName::kProject: return "the program's option for the project's folder";
    case OptionName::kPython: return "the program's option for the Python to run";
    case OptionName::kSkipRefused: return "the program's option to leave out what is refused";
    case OptionName::kSource: return "the program's option for the place of a source";
    case OptionName::kTimeColumn: return "the program's option for the column of times";
  }

  return "an option of the program";
}

std::string word_for_request(RequestName name, std::string_view) {
  switch (name) {
    case RequestName::kListFeatures: return "GET /v1/features";
    case RequestName::kBackfill:
    case RequestName::kGenerate:
    case RequestName::kInit:
    case RequestName::kNewToken:
    case RequestName::kRaiseVersion: return "the program's command line";
  }

  return "the program's command line";
}

constexpr SurfaceWords kApiWords = {.option = word_for_option, .request = word_for_request};

struct KindForm {
  int status;
  const char* code;
};

KindForm form_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return {400, "bad_request"};
    case ErrorKind::kNotFound: return {404, "not_found"};
    case ErrorKind::kConflict: return {409, "conflict"};
    case ErrorKind::kData: return {422, "bad_data"};
    case ErrorKind::kUnavailable:
    case ErrorKind::kStopped: return {503, "unavailable"};
    case ErrorKind::kEnvironment: return {500, "environment"};
  }
  return {500, "environment"};
}

struct ProblemText {
  const char* message;
  const char* help;
};

ProblemText text_of(HttpProblem problem) {
  switch (problem) {
    case HttpProblem::kMalformed: return {"this is no request of HTTP/1.1", "send it with a client for HTTP"};
    case HttpProblem::kVersion: return {"this version of HTTP is not spoken here", "use HTTP/1.1"};
    case HttpProblem::kHeaderTooLarge:
      return {"the header of the request is too large", "send fewer or shorter fields"};
    case HttpProblem::kBodyTooLarge: return {"the body of the request is too large", "send it in several requests"};
    case HttpProblem::kTooSlow:
      return {"the request did not arrive in time", "send it at once; a slow line takes smaller requests"};
    case HttpProblem::kTooManyConnections: return {"there are too many connections", "share connections, or try again"};
    case HttpProblem::kTooManyRequests: return {"there are too many requests at once", "try again a little later"};
    case HttpProblem::kBusy: return {"there are too many pushes at once", "send it again after Retry-After"};
    case HttpProblem::kOutOfMemory: return {"the requests in work are too large together", "try again a little later"};
    case HttpProblem::kFailed: return {"the server could not answer", "its log says more; the request may be repeated"};
  }
  return {"the server could not answer", ""};
}

}  // namespace

ApiError ApiError::of(const Error& error) {
  const KindForm form = form_of(error.kind());
  ApiError out = {.status = form.status,
                  .code = form.code,
                  .message = in_words_of(kApiWords, error.message()),
                  .help = in_words_of(kApiWords, error.help())};
  if (form.status == 503) out.retry_after_seconds = 1;
  return out;
}

HttpResponse response_of(const ApiError& error) {
  HttpResponse out{.status = error.status, .body = json_document(error, JsonLayout::kLine)};
  if (error.retry_after_seconds) out.fields.emplace_back("Retry-After", std::to_string(*error.retry_after_seconds));
  if (error.status == 401) out.fields.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

ApiError error_of(HttpProblem problem, int64_t retry_after_seconds) {
  const ProblemText text = text_of(problem);
  ApiError out = {.status = status_of(problem),
                  .code = std::string(to_string(problem)),
                  .message = text.message,
                  .help = text.help};
  if (out.status == 429 || out.status == 503) out.retry_after_seconds = retry_after_seconds;
  return out;
}

}  // namespace headrace
