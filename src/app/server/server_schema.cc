#include "app/commands/commands.h"
#include "serving/api/routes.h"

namespace headrace {

FurtherSchema server_schema() {
  return {.name = "openapi",
          .make = [] { return openapi_document(api_routes(RoutesOf::kDefinitionsAndValues)); },
          .about = "openapi describes what `headrace serve` answers"};
}

}  // namespace headrace
