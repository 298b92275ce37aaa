#pragma once

/// The table of routes.

#include "serving/api/route.h"

#include <string>
#include <vector>

namespace headrace {

enum class RoutesOf {
  kDefinitions,           // what a server without events answers
  kDefinitionsAndValues,  // also what needs LiveValues
};

std::vector<Route> api_routes(RoutesOf what);

// Its parts, each a file.
std::vector<Route> server_routes();
std::vector<Route> definition_routes();
std::vector<Route> value_routes();
std::vector<Route> watch_routes();
std::vector<Route> source_routes();
Route reload_route();
Route feast_route();
Route left_out_route();
Route backup_route();
Route forget_route();
Route meter_route();

/// The OpenAPI 3.1 document of the routes.
std::string openapi_document(const std::vector<Route>& routes);

}  // namespace headrace
