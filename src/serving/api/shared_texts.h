#pragma once

/// Texts that stay as they were made and are shared by all their copies: the names of features that request after request
/// asks for, the reasons why values are null.

#include "data/json/json_form.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// A text, or none. Any thread may read it.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string text)  // NOLINT(google-explicit-constructor): a text is one
      : text_(std::make_shared<const std::string>(std::move(text))) {}
  SharedText(const char* text) : SharedText(std::string(text)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return text_ != nullptr; }
  /// REQUIRES: there is one.
  const std::string& operator*() const { return *text_; }
  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.text_ == b.text_ || (a && b && *a == *b);
  }

 private:
  std::shared_ptr<const std::string> text_;  // shared: that is what it is for
};

/// Any thread may read it.
class SharedTexts {
 public:
  SharedTexts() : SharedTexts(std::vector<std::string>()) {}
  SharedTexts(std::vector<std::string> texts)  // NOLINT(google-explicit-constructor): a list is one
      : texts_(std::make_shared<const std::vector<std::string>>(std::move(texts))) {}
  SharedTexts(std::initializer_list<std::string> texts) : SharedTexts(std::vector<std::string>(texts)) {}

  const std::vector<std::string>& list() const { return *texts_; }
  size_t size() const { return texts_->size(); }
  bool empty() const { return texts_->empty(); }
  const std::string& operator[](size_t place) const { return (*texts_)[place]; }
  auto begin() const { return texts_->begin(); }
  auto end() const { return texts_->end(); }

  /// The same for copies of one list, as long as one of them lives.
  const void* identity() const { return texts_.get(); }
  friend bool operator==(const SharedTexts& a, const SharedTexts& b) { return a.list() == b.list(); }

 private:
  std::shared_ptr<const std::vector<std::string>> texts_;  // shared: that is what it is for
};

/// None is null.
template <>
struct JsonForm<SharedText> {
  static void write(JsonWriter& out, const SharedText& text) {
    if (text) return out.text(*text);
    out.null();
  }
  static bool read(const JsonNode& node, SharedText& text, JsonProblem& problem) {
    std::optional<std::string> read;
    if (!JsonForm<std::optional<std::string>>::read(node, read, problem)) return false;
    if (read) text = *std::move(read);
    return true;
  }
  static JsonSchema schema(JsonDefinitions& definitions) {
    return JsonForm<std::optional<std::string>>::schema(definitions);
  }
};

template <>
struct JsonForm<SharedTexts> {
  using List = std::vector<std::string>;

  static void write(JsonWriter& out, const SharedTexts& texts) { JsonForm<List>::write(out, texts.list()); }
  static bool read(const JsonNode& node, SharedTexts& texts, JsonProblem& problem) {
    List list;
    if (!JsonForm<List>::read(node, list, problem)) return false;
    texts = std::move(list);
    return true;
  }
  static JsonSchema schema(JsonDefinitions& definitions) { return JsonForm<List>::schema(definitions); }
};

}  // namespace headrace
