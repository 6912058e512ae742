// How a caller adds to a transaction that somebody else runs.
#pragma once

#include <functional>

#include "postgres/connection.hpp"

namespace postgres {

/// What else a transaction has to write because of its outcome: called with it before the commit, adds
/// commands at the end. Empty: nothing.
template <class Outcome>
using Also = std::function<void(const Outcome&, Commands&)>;

}  // namespace postgres
