// Generated posts as an export of twitter-web-exporter.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "post.hpp"

namespace generate {

/// Writes posts `0 … count-1`, newest first, as one JSON array.
void write_export(const Writer& writer, std::uint64_t count, std::ostream& out);

}  // namespace generate
