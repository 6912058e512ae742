// Records of one JSON document from chunks of any size. Only the record that is being read is in memory.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace transfer {

/// What the value at a path is.
enum class Role : std::uint8_t {
    none,    ///< walked through; records may be inside
    record,  ///< handed out as a whole
    shell,  ///< handed out as a whole, but records inside of it are handed out (before it) and left out of it
};

struct JsonFault {
    std::int64_t index;  ///< of the record concerned, 0-based
    std::string code;    ///< `invalid_json`, `truncated` or `too_big`
    std::string message;
};

struct JsonOptions {
    std::size_t record_bytes_max = 16 * 1024 * 1024;  ///< roughly what a record takes in memory
    std::size_t depth_max = 128;
    bool ignores_semicolon = false;  ///< behind the document, as in JavaScript
};

/// Splits a document into records. A record that is too big is left out with a fault; malformed JSON ends the
/// reading with a fault, and the records before it stand.
class JsonStream {
public:
    /// Paths are as in json_path.hpp: the elements of a top-level array are at `[]`.
    using RoleOf = std::function<Role(std::string_view path)>;
    using OnRecord =
        std::function<void(std::string_view path, const boost::json::value& value, std::int64_t index)>;
    using OnFault = std::function<void(JsonFault&&)>;

    JsonStream(JsonOptions options, RoleOf role_of, OnRecord on_record, OnFault on_fault);
    ~JsonStream();
    JsonStream(const JsonStream&) = delete;
    JsonStream& operator=(const JsonStream&) = delete;

    void feed(std::string_view chunk);
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Replaces escapes of lone surrogates (`\ud83d` without its second half), which JavaScript writes for text
/// that was cut within a character and which JSON parsers refuse, by `\ufffd`. Text is given in chunks of any
/// size.
class SurrogateRepair {
public:
    void feed(std::string_view chunk, std::string& out);
    void finish(std::string& out);

private:
    void take(char c, std::string& out);
    void take_unit(std::string& out);
    void drop_high(std::string& out);

    std::string escape_;  ///< the escape that is being read, at most six characters
    std::string high_;    ///< a complete escape of a first half that waits for its second
};

}  // namespace transfer
