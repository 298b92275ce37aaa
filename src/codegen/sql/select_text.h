#pragma once

/// One SELECT, and its text: a clause a line when it does not fit one, keywords in upper case. Private to codegen/sql.

#include <string>
#include <string_view>
#include <vector>

namespace headrace::sql {

/// A column of a SELECT that has a name of its own.
struct NamedSql {
  std::string name;
  std::string expression;
};

struct Join {
  std::string table;                    // with its alias
  std::vector<std::string> conditions;  // joined by AND
};

struct Select {
  bool is_distinct = false;
  std::vector<std::string> columns;
  std::string from;
  std::vector<Join> joins;  // all LEFT JOIN
  std::string where;
  std::vector<std::string> group_by;
  std::string order_by;
};

/// "expression AS name".
std::string to_text(const NamedSql& column);

/// The text, indented by `indent` blanks, without a newline at the end.
std::string to_text(const Select& select, int indent);

/// `text AS name`, or the name alone where they are the same.
std::string aliased(std::string_view text, std::string_view name);

/// Common table expressions and a SELECT over them.
class With {
 public:
  void add(std::string name, std::string body) { parts_.push_back({std::move(name), std::move(body)}); }
  void add(std::string name, const Select& select) { add(std::move(name), to_text(select, 2)); }
  bool empty() const { return parts_.empty(); }
  /// "WITH a AS (..), b AS (..) SELECT ..", with a semicolon and a newline.
  std::string to_statement(const Select& select) const;
  /// The same without semicolon and newline.
  std::string to_query(const Select& select) const;
  size_t size() const { return parts_.size(); }

 private:
  struct Part {
    std::string name;
    std::string body;
  };
  std::vector<Part> parts_;
};

}  // namespace headrace::sql
