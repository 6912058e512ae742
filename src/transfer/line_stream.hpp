// Lines of JSON (NDJSON) from chunks of any size.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "transfer/json_stream.hpp"

namespace transfer {

/// Parses each line that is not blank. A line that is malformed or too big is left out with a fault whose
/// index is the number of the line, 1-based; the lines behind it are read.
class LineStream {
public:
    using OnValue = std::function<void(const boost::json::value& value, std::int64_t line)>;
    using OnFault = JsonStream::OnFault;

    LineStream(JsonOptions options, OnValue on_value, OnFault on_fault);

    void feed(std::string_view chunk);
    void finish();

private:
    void end_line(bool complete);
    void parse(bool complete);

    JsonOptions options_;
    OnValue on_value_;
    OnFault on_fault_;
    std::string line_;
    std::int64_t number_ = 1;
    bool too_big_ = false;
};

}  // namespace transfer
