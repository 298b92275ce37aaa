#pragma once

/// Formulas as SQL expressions. Private to codegen/sql.
///
/// A value that an expression has to mention twice is first given a name: it is bound to a column of an earlier
/// SELECT, which adds columns to its input. So text never doubles with depth, and each line stays readable.
///
/// Sums, products and quotients of doubles may leave the finite numbers on the way: an infinite value stays infinite or
/// becomes NaN through + - * and through a numerator, so the guard that makes null of it stands once, where something
/// else looks at the value.
///
/// Not thread-safe: one printer for each formula's place in a statement.

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/select_text.h"
#include "compute/expressions/expr.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace headrace::sql {

/// Why something cannot be said: `code` is G0xx, `what` completes "duckdb cannot say ..".
struct Unsayable {
  std::string code;
  std::string what;
  std::string help;
};

/// Columns with names for expressions, in the levels in which they must be computed.
class Bindings {
 public:
  explicit Bindings(std::function<std::string(std::string_view)> own_name) : own_name_(std::move(own_name)) {}

  /// The name of a column with the expression's value, which reads columns of levels before `level`.
  std::string bind(const std::string& expression, size_t level);
  const std::vector<std::vector<NamedSql>>& levels() const { return levels_; }

 private:
  std::function<std::string(std::string_view)> own_name_;
  std::vector<std::vector<NamedSql>> levels_;
  size_t count_ = 0;
};

/// An expression's text and what must be known to use it in another.
struct Sql {
  std::string text;
  size_t level = 0;          // how many levels of bindings must have been computed before
  bool is_closed = true;     // needs no parentheses
  bool is_name = false;      // a column or a literal: may be repeated
  bool needs_guard = false;  // may be infinite, NaN or −0.0
};

class FormulaSql {
 public:
  /// `column` gives the column of a reference, `event_time` is the column of the instant. All live longer.
  FormulaSql(SqlDialect dialect, Bindings& bindings, std::function<std::string(const Reference&)> column,
             std::string event_time)
      : dialect_(dialect), bindings_(bindings), column_(std::move(column)), event_time_(std::move(event_time)) {}

  Sql print(const Expr& expr);
  /// The value as it leaves a formula: finite, without −0.0.
  Sql print_value(const Expr& expr);
  /// The same as something that may be repeated.
  Sql print_name(const Expr& expr) { return name(print_value(expr)); }

  const std::optional<Unsayable>& unsayable() const { return unsayable_; }

 private:
  using Arguments = std::vector<Sql>;

  Sql print_call(const Expr& expr);
  Sql print_logic(const Expr& expr);
  Sql print_choice(const Expr& expr);
  Sql print_arithmetic(const Expr& expr);
  Sql print_integer_arithmetic(Function function, const Arguments& a, ScalarType result);
  Sql print_modulo(const Expr& expr);
  Sql print_math(const Expr& expr);
  Sql print_round(const Expr& expr);
  Sql print_power(const Expr& expr);
  Sql print_extremes(const Expr& expr);
  Sql print_clip(const Expr& expr);
  Sql print_text(const Expr& expr);
  Sql print_case(const Expr& expr);
  Sql print_substring(const Expr& expr);
  Sql print_time(const Expr& expr);
  Sql print_conversion(const Expr& expr);
  Sql print_to_integer(const Expr& expr);
  Sql print_to_double(const Expr& expr);
  Sql print_to_string(const Expr& expr);

  Sql infix(const Expr& expr, std::string_view symbol);
  Sql call(std::string_view function, const Arguments& arguments);
  /// An expression over the arguments; closed unless told otherwise.
  Sql made(std::string text, const Arguments& arguments) const;

  Sql name(Sql sql);                            // bound to a column if it is not a name
  Sql finite_of(Sql sql);                       // guarded where that is needed
  Arguments arguments(const Expr& expr);        // finite
  Arguments named_arguments(const Expr& expr);  // finite, may be repeated
  std::string operand(const Sql& sql) const { return sql.is_closed ? sql.text : "(" + sql.text + ")"; }
  Sql refuse(std::string what, std::string help = {});
  std::string choose(std::string_view bigquery, std::string_view snowflake, std::string_view duckdb) const;

  SqlDialect dialect_;
  Bindings& bindings_;
  std::function<std::string(const Reference&)> column_;
  std::string event_time_;
  std::optional<Unsayable> unsayable_;
};

}  // namespace headrace::sql
