#include "http/sse.hpp"

namespace http {

std::string event_frame(std::uint64_t id, std::string_view event, std::string_view data) {
    std::string out = "id: " + std::to_string(id) + "\n";
    if (!event.empty()) {
        out += "event: ";
        for (const char c : event) {
            if (c != '\r' && c != '\n') out += c;
        }
        out += '\n';
    }
    out += "data: ";
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') continue;
        if (data[i] == '\r' || data[i] == '\n')
            out += "\ndata: ";
        else
            out += data[i];
    }
    out += "\n\n";
    return out;
}

}  // namespace http
