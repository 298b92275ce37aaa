#pragma once

/// What describe() is called with: the same calls write, read and make the schema. json_form.h has the forms of members.
/// Names of members are plain (JsonWriter::plain_key).

#include "data/json/json_node.h"
#include "data/json/json_parts.h"
#include "data/json/json_schema.h"
#include "data/json/json_writer.h"

#include <type_traits>

namespace headrace {

/// Whether a member that may be absent is.
template <typename T>
bool is_absent(const T& value) {
  if constexpr (std::is_same_v<T, Value>) {
    return value.is_null();
  } else if constexpr (std::is_same_v<T, bool>) {
    return !value;
  } else if constexpr (requires { value.has_value(); }) {
    return !value.has_value();
  } else if constexpr (requires { value.empty(); }) {
    return value.empty();
  } else {
    return value == T{};
  }
}

/// An optional's content, which stands for itself where it is not absent.
template <typename T>
struct JsonContent {
  using type = T;
};
template <typename T>
struct JsonContent<std::optional<T>> {
  using type = T;
};

template <typename T>
class JsonFieldWriter {
 public:
  JsonFieldWriter(JsonWriter& out, const T& value) : out_(out), value_(value) {}

  void name(std::string_view, std::string_view = {}) {}
  void is_open() {}
  void constant(std::string_view name, int64_t number) {
    out_.plain_key(name);
    out_.integer(number);
  }

  template <typename Owner, typename M>
  void required(std::string_view name, M Owner::* member, const JsonAbout& = {}) {
    put(name, value_.*member);
  }
  template <typename Owner, typename M>
  void optional(std::string_view name, M Owner::* member, const JsonAbout& = {}) {
    put_where_there(name, value_.*member);
  }
  /// A truth that is one of two words.
  template <typename Owner>
  void either(std::string_view name, bool Owner::* member, std::string_view yes, std::string_view no,
              const JsonAbout& = {}) {
    put(name, std::string(value_.*member ? yes : no));
  }
  template <typename Get>
  void computed(std::string_view name, const Get& get, const JsonAbout& = {}) {
    put(name, get(value_));
  }
  template <typename Get>
  void computed_optional(std::string_view name, const Get& get, const JsonAbout& = {}) {
    put_where_there(name, get(value_));
  }

 private:
  template <typename M>
  void put(std::string_view name, const M& value) {
    out_.plain_key(name);
    JsonForm<M>::write(out_, value);
  }
  template <typename M>
  void put_where_there(std::string_view name, const M& value) {
    if (is_absent(value)) return;
    if constexpr (requires { value.has_value(); }) {
      put(name, *value);
    } else {
      put(name, value);
    }
  }

  JsonWriter& out_;
  const T& value_;
};

template <typename T>
class JsonFieldReader {
 public:
  JsonFieldReader(const JsonNode& node, T& value, JsonProblem& problem)
      : node_(node), value_(value), problem_(problem) {}

  bool ok() const { return is_ok_; }

  void name(std::string_view, std::string_view = {}) {}
  void is_open() {}
  void constant(std::string_view name, int64_t number) {
    int64_t found = 0;
    take(name, found, true);
    if (is_ok_ && found != number)
      fail(name, "is " + std::to_string(found) + ", and " + std::to_string(number) + " can be read");
  }

  template <typename Owner, typename M>
  void required(std::string_view name, M Owner::* member, const JsonAbout& = {}) {
    take(name, value_.*member, true);
  }
  template <typename Owner, typename M>
  void optional(std::string_view name, M Owner::* member, const JsonAbout& = {}) {
    take(name, value_.*member, false);
  }
  template <typename Owner>
  void either(std::string_view name, bool Owner::* member, std::string_view yes, std::string_view no,
              const JsonAbout& = {}) {
    std::string word;
    take(name, word, true);
    if (is_ok_ && word != yes && word != no) fail(name, "cannot be `" + word + "`");
    value_.*member = word == yes;
  }
  template <typename Get>
  void computed(std::string_view, const Get&, const JsonAbout& = {}) {}
  template <typename Get>
  void computed_optional(std::string_view, const Get&, const JsonAbout& = {}) {}

 private:
  template <typename M>
  void take(std::string_view name, M& value, bool is_required) {
    if (!is_ok_) return;
    const std::optional<JsonNode> member = node_.member(name);
    if (!member) {
      if (is_required) fail(name, "is missing");
      return;
    }
    is_ok_ = JsonForm<M>::read(*member, value, problem_);
    if (!is_ok_) problem_.put_before(name);
  }
  void fail(std::string_view name, std::string_view what) {
    is_ok_ = problem_.says(what);
    problem_.put_before(name);
  }

  const JsonNode& node_;
  T& value_;
  JsonProblem& problem_;
  bool is_ok_ = true;
};

template <typename T>
class JsonFieldSchema {
 public:
  explicit JsonFieldSchema(JsonDefinitions& definitions) : definitions_(definitions) {
    schema_.types = {"object"};
    schema_.is_closed = true;
  }

  /// A struct with a name stands once in a document, below `$defs`. Comes first in a description, so that members of
  /// the same struct find it.
  void name(std::string_view name, std::string_view description = {}) {
    name_ = name;
    schema_.description = description;
    definitions_.names.emplace(&kTag, name_);
  }
  void is_open() { schema_.is_closed = false; }
  void constant(std::string_view name, int64_t number) {
    JsonSchema schema;
    schema.constant = Value{number};
    schema_.properties.push_back({std::string(name), std::move(schema), true});
  }

  template <typename Owner, typename M>
  void required(std::string_view name, M Owner::*, const JsonAbout& about = {}) {
    add<M>(name, about, true);
  }
  template <typename Owner, typename M>
  void optional(std::string_view name, M Owner::*, const JsonAbout& about = {}) {
    add<typename JsonContent<M>::type>(name, about, false);
  }
  template <typename Owner>
  void either(std::string_view name, bool Owner::*, std::string_view yes, std::string_view no,
              const JsonAbout& about = {}) {
    JsonSchema schema = schema_of_words({std::string(yes), std::string(no)}).with_description(std::string(about.text));
    schema_.properties.push_back({std::string(name), std::move(schema), true});
  }
  template <typename Get>
  void computed(std::string_view name, const Get&, const JsonAbout& about = {}) {
    add<std::remove_cvref_t<std::invoke_result_t<Get, const T&>>>(name, about, true);
  }
  template <typename Get>
  void computed_optional(std::string_view name, const Get&, const JsonAbout& about = {}) {
    using Got = std::remove_cvref_t<std::invoke_result_t<Get, const T&>>;
    add<typename JsonContent<Got>::type>(name, about, false);
  }

  /// Where this struct was named before.
  std::optional<JsonSchema> reference_to_known() const {
    const auto known = definitions_.names.find(&kTag);
    return known == definitions_.names.end() ? std::nullopt : std::optional(reference(known->second));
  }
  /// A reference, where the struct has a name.
  JsonSchema take() {
    if (name_.empty()) return std::move(schema_);
    definitions_.schemas.push_back({name_, std::move(schema_)});
    return reference(name_);
  }
  JsonSchema take_document() { return std::move(schema_); }

 private:
  static constexpr char kTag = 0;  // its address tells this T from others

  static JsonSchema reference(const std::string& name) {
    JsonSchema out;
    out.ref = name;
    return out;
  }

  template <typename M>
  void add(std::string_view name, const JsonAbout& about, bool is_required) {
    JsonSchema schema = JsonForm<M>::schema(definitions_).with_description(std::string(about.text));
    if (!about.pattern.empty()) schema.pattern = about.pattern;
    if (!about.format.empty()) schema.format = about.format;
    if (about.minimum) schema.minimum = about.minimum;
    schema_.properties.push_back({std::string(name), std::move(schema), is_required});
  }

  JsonDefinitions& definitions_;
  JsonSchema schema_;
  std::string name_;
};

}  // namespace headrace
