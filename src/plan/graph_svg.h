#pragma once

/// A drawing of a graph of features, for a browser, a notebook or a wiki.

#include "plan/graph.h"

#include <string>

namespace headrace {

/// An SVG 1.1 document that needs no font, style sheet or script of a page, and changes none: it can stand in one beside
/// others. Long names are cut in the drawing and whole in the title that a browser shows over a box. Any text may be in
/// the names.
std::string graph_svg(const FeatureGraph& graph);

}  // namespace headrace
