// Reads an import file of any size and any known format from chunks, in bounded memory, into a Sink.
// The import job and the command line drive it; it knows neither database nor HTTP.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transfer/format.hpp"
#include "transfer/record.hpp"

namespace transfer {

struct ReadLimits {
    /// Roughly what one record may take in memory.
    std::size_t record_bytes_max = 16 * 1024 * 1024;
    /// What a compressed file may become.
    std::uint64_t inflated_bytes_max = 8ULL * 1024 * 1024 * 1024;
};

/// A list of bookmarks as Karakeep exports it, behind the bookmarks that are in it.
struct ListRecord {
    std::string id;
    std::string name;
    std::string description;
    std::string icon;
    std::string parent_id;
    std::string query;  ///< of a smart list
    bool is_smart = false;
};

/// What was read ahead, because it stands behind what needs it.
struct Ahead {
    std::vector<ListRecord> lists;
};

struct ReadContext {
    bool include_likes = false;
    std::shared_ptr<const Ahead> ahead = {};  ///< null: nothing was
    /// Only reads ahead: fills it and hands out nothing else.
    std::shared_ptr<Ahead> fills = {};
};

/// A push parser. Give the bytes of the file to `feed` in chunks of any size, then call `finish` once.
/// Records, errors and warnings go to the sink in the order of the file, from within these two calls. A
/// record that cannot be read is an error of that record and never ends the reading; a file that is malformed
/// or ends in the middle is one last error, and the records before it stand.
class Reader {
public:
    /// The sink must outlive the reader. `asked` is a format, `automatic` or `twitter`.
    Reader(Format asked, const Sink& sink, ReadLimits limits = {}, ReadContext context = {});
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void feed(std::string_view chunk);
    void finish();
    /// Nothing reaches the sink any more. May be called from any thread and from within the sink.
    void cancel();

    /// The reading is over before the end of the file: cancelled, refused, or a damaged compression.
    [[nodiscard]] bool stopped() const;
    /// Bytes of the file (before decompression) that were read.
    [[nodiscard]] std::uint64_t bytes_read() const;
    /// The format, once enough was read to know it.
    [[nodiscard]] std::optional<Detection> detected() const;
    /// Why the file as a whole cannot be read: empty, binary, unknown, not what was asked for. Then the sink
    /// got nothing. A sentence for a person.
    [[nodiscard]] const std::optional<std::string>& refusal() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Called now and then with the bytes read and the size of the file; false ends the reading.
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

class SourceFile;

/// The format alone; nothing when it cannot be read.
[[nodiscard]] std::optional<Format> detect_format(SourceFile& file, Format asked);

/// Streams a file through a Reader in chunks of 64 KiB; also files within a zip archive. The error is a
/// sentence for a person: the file cannot be opened or read, was refused, or the reading was cancelled. What
/// is told as `total` is twice the size when the file is read twice.
[[nodiscard]] std::expected<Format, std::string> read_file(SourceFile& file, Format asked, const Sink& sink,
                                                           const Progress& progress = {},
                                                           ReadLimits limits = {},
                                                           bool include_likes = false);
[[nodiscard]] std::expected<Format, std::string> read_file(const std::filesystem::path& path, Format asked,
                                                           const Sink& sink, const Progress& progress = {},
                                                           ReadLimits limits = {},
                                                           bool include_likes = false);

}  // namespace transfer
