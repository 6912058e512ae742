// Statements of the health checks.
#pragma once

#include "postgres/statement.hpp"

namespace app::sql {

extern const postgres::Statement kSelectOne;
/// $1: since when failures count. Columns: waiting, active, failed.
extern const postgres::Statement kSelectSyncQueue;

}  // namespace app::sql
