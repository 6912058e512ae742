// Files as they lie on the disk: plain, compressed, in a zip archive, and those that have to be read twice.
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "transfer/fields.hpp"
#include "transfer/json_stream.hpp"
#include "transfer/reader.hpp"
#include "transfer/source_file.hpp"
#include "transfer/x_archive.hpp"

namespace transfer {
namespace {

namespace json = boost::json;
using Status = std::expected<void, std::string>;

constexpr std::string_view kCancelled = "The reading was cancelled.";
/// How much is looked at to tell the format; a compressed file may need some more than its text.
constexpr std::uint64_t kProbedBytesMax = 4ULL * 1024 * 1024;

/// Calls `take` with one piece after the other, from the beginning each time it is called; `position` counts
/// the bytes of the file. False ends it.
using Take = std::function<bool(std::string_view piece, std::uint64_t position)>;
using Content = std::function<Status(const Take& take)>;

Content content_of(SourceFile& file) {
    return [&file](const Take& take) -> Status {
        for (std::uint64_t at = 0;;) {
            const auto piece = file.read(at);
            if (!piece) return std::unexpected(piece.error());
            at += piece->size();
            if (piece->empty() || !take(*piece, at)) return {};
        }
    };
}

Status read_entry(ZipFile& zip, std::uint64_t bytes_max, const Take& take) {
    for (std::uint64_t bytes = 0;;) {
        const auto piece = zip.read();
        if (!piece) return std::unexpected(piece.error());
        bytes += piece->size();
        if (bytes > bytes_max)
            return std::unexpected("A file of the zip archive becomes larger than " +
                                   std::to_string(bytes_max / (1024 * 1024)) + " MiB.");
        if (piece->empty() || !take(*piece, zip.position())) return {};
    }
}

Content content_of(SourceFile& file, const std::string& wanted, std::uint64_t bytes_max) {
    return [&file, wanted, bytes_max](const Take& take) -> Status {
        ZipFile zip(file);
        Status status;
        auto listed = zip.each([&](const std::string& name) {
            if (name != wanted) return true;
            status = read_entry(zip, bytes_max, take);
            return false;
        });
        return status ? listed : status;
    };
}

std::expected<std::vector<std::string>, std::string> names_of(SourceFile& file) {
    std::vector<std::string> names;
    ZipFile zip(file);
    const auto listed = zip.each([&](const std::string& name) {
        names.push_back(name);
        return true;
    });
    if (!listed) return std::unexpected(listed.error());
    return names;
}

/// The file of an archive that says most: our own JSON before CSV before HTML.
std::optional<std::string> best_of(const std::vector<std::string>& names) {
    constexpr std::array<std::string_view, 7> kEndings{".json", ".ndjson", ".jsonl", ".csv",
                                                       ".html", ".htm",    ".txt"};
    for (const std::string_view ending : kEndings) {
        const auto found = std::ranges::find_if(names, [&](const std::string& name) {
            const std::size_t slash = name.rfind('/');
            const std::string_view base =
                std::string_view(name).substr(slash == std::string::npos ? 0 : slash + 1);
            const bool is_ours =
                !name.starts_with("__MACOSX/") && !base.starts_with('.') && base != "README.txt";
            return is_ours && name.ends_with(ending);
        });
        if (found != names.end()) return *found;
    }
    return {};
}

class FileReading {
public:
    FileReading(SourceFile& file, Format asked, Sink sink, Progress progress, ReadLimits limits,
                bool include_likes)
        : file_(file),
          asked_(asked),
          sink_(std::move(sink)),
          progress_(std::move(progress)),
          limits_(limits),
          include_likes_(include_likes) {}

    std::expected<Format, std::string> run() {
        if (!file_.is_zip()) return read(content_of(file_));
        const auto names = names_of(file_);
        if (!names) return std::unexpected(names.error());
        const bool is_archive = std::ranges::any_of(
            *names, [](const std::string& name) { return archive_part(name) != ArchivePart::none; });
        if (is_archive) return read_archive(*names);
        const auto name = best_of(*names);
        if (!name)
            return std::unexpected(
                "The zip archive holds no file that can be imported: expected .json, .ndjson, .csv or .html, or the "
                "archive of an X account.");
        return read(content_of(file_, *name, limits_.inflated_bytes_max));
    }

    std::optional<Format> detect() {
        const auto names = file_.is_zip() ? names_of(file_) : std::vector<std::string>();
        if (!names) return {};
        if (std::ranges::any_of(*names,
                                [](const auto& name) { return archive_part(name) != ArchivePart::none; }))
            return Format::x_archive;
        const auto best = best_of(*names);
        if (file_.is_zip() && !best) return {};
        const auto found =
            probe(best ? content_of(file_, *best, limits_.inflated_bytes_max) : content_of(file_));
        return found ? std::optional(found->format) : std::nullopt;
    }

private:
    /// What the first bytes say; the error is the refusal.
    std::expected<Detection, std::string> probe(const Content& content) const {
        const Sink nothing;
        Reader reader(asked_, nothing, limits_);
        std::uint64_t bytes = 0;
        const auto status = content([&](std::string_view piece, std::uint64_t) {
            reader.feed(piece);
            bytes += piece.size();
            return !reader.stopped() && !reader.detected() && bytes < kProbedBytesMax;
        });
        if (!status) return std::unexpected(status.error());
        if (!reader.detected()) reader.finish();
        if (reader.refusal()) return std::unexpected(*reader.refusal());
        return *reader.detected();
    }

    bool tell(std::uint64_t done, std::uint64_t total) {
        if (progress_ && !progress_(std::min(done, total), total)) is_cancelled_ = true;
        return !is_cancelled_;
    }

    /// `part` of `parts` readings.
    Status feed(const Content& content, Reader& reader, std::uint64_t part, std::uint64_t parts) {
        const std::uint64_t size = file_.size();
        auto status = content([&](std::string_view piece, std::uint64_t position) {
            reader.feed(piece);
            return !reader.stopped() && tell(part * size + std::min(position, size), parts * size);
        });
        if (!status) return status;
        if (is_cancelled_) return std::unexpected(std::string(kCancelled));
        reader.finish();
        if (reader.refusal()) return std::unexpected(*reader.refusal());
        return {};
    }

    std::expected<Format, std::string> read(const Content& content) {
        const auto found = probe(content);
        if (!found) return std::unexpected(found.error());
        // Categories and lists stand behind the bookmarks that are in them.
        const bool is_own = found->format == Format::x_bookmarker && found->shape == Shape::document;
        const bool is_karakeep = found->format == Format::karakeep;
        const std::uint64_t parts = is_own || is_karakeep ? 2 : 1;
        ReadContext context{.include_likes = include_likes_};
        Sink sink = sink_;
        if (is_own && sink_.category) {
            const Sink categories{.category = sink_.category};
            Reader first(asked_, categories, limits_);
            if (auto read = feed(content, first, 0, parts); !read) return std::unexpected(read.error());
            if (sink_.categories_end) sink_.categories_end();
            sink.category = nullptr;
        }
        if (is_karakeep) {
            auto ahead = std::make_shared<Ahead>();
            const Sink nothing;
            Reader first(asked_, nothing, limits_, {.fills = ahead});
            if (auto read = feed(content, first, 0, parts); !read) return std::unexpected(read.error());
            context.ahead = std::move(ahead);
        }
        Reader reader(asked_, sink, limits_, std::move(context));
        if (auto read = feed(content, reader, parts - 1, parts); !read) return std::unexpected(read.error());
        return found->format;
    }

    std::expected<Format, std::string> read_archive(const std::vector<std::string>& names) {
        if (asked_ != Format::automatic && asked_ != Format::twitter && asked_ != Format::x_archive)
            return std::unexpected("The file is not " + std::string(to_string(asked_)) +
                                   ": it looks like x-archive (zip).");
        const auto holds = [&](ArchivePart part) {
            return std::ranges::any_of(names,
                                       [part](const auto& name) { return archive_part(name) == part; });
        };
        if (!holds(ArchivePart::bookmarks) && !(include_likes_ && holds(ArchivePart::likes)))
            return std::unexpected(
                "This archive of an X account holds no bookmarks (data/bookmark.js). X leaves them out of most "
                "archives; likes can be imported with includeLikes.");
        const std::atomic<bool> never = false;
        Collector collector(sink_, Format::x_archive, never);
        XArchive archive(collector, include_likes_);
        for (const bool is_first : {true, false}) {
            archive.set_first_reading(is_first);
            if (auto read = read_parts(archive, collector, is_first); !read)
                return std::unexpected(read.error());
        }
        archive.finish();
        collector.finish();
        return Format::x_archive;
    }

    Status read_parts(XArchive& archive, Collector& collector, bool is_first) {
        ZipFile zip(file_);
        Status status;
        auto listed = zip.each([&](const std::string& name) {
            const ArchivePart part = archive_part(name);
            if (part == ArchivePart::none || (part == ArchivePart::bookmarks) != is_first) return true;
            archive.set_deleted(part == ArchivePart::deleted_posts);
            status = read_part(zip, archive, collector, is_first);
            return status.has_value();
        });
        return status ? listed : status;
    }

    /// One `.js` file of the archive: JSON behind an assignment.
    Status read_part(ZipFile& zip, XArchive& archive, Collector& collector, bool is_first) {
        JsonStream stream(
            {.record_bytes_max = limits_.record_bytes_max, .ignores_semicolon = true},
            [](std::string_view path) { return path == "[]" ? Role::record : Role::none; },
            [&](std::string_view, const json::value& value, std::int64_t index) {
                archive.take(value, index);
            },
            [&](JsonFault&& fault) {
                collector.error({.line = fault.index,
                                 .field = {},
                                 .code = std::move(fault.code),
                                 .message = std::move(fault.message)});
            });
        bool has_begun = false;
        const std::uint64_t size = file_.size();
        auto status =
            read_entry(zip, limits_.inflated_bytes_max, [&](std::string_view piece, std::uint64_t position) {
                if (!has_begun) piece.remove_prefix(std::min(piece.find('['), piece.size()));
                has_begun = has_begun || !piece.empty();
                stream.feed(piece);
                return tell((is_first ? 0 : size) + std::min(position, size), 2 * size);
            });
        if (!status) return status;
        if (is_cancelled_) return std::unexpected(std::string(kCancelled));
        stream.finish();
        return {};
    }

    SourceFile& file_;
    Format asked_;
    const Sink sink_;
    const Progress progress_;
    ReadLimits limits_;
    bool include_likes_;
    bool is_cancelled_ = false;
};

}  // namespace

std::optional<Format> detect_format(SourceFile& file, Format asked) {
    return FileReading(file, asked, {}, {}, {}, true).detect();
}

std::expected<Format, std::string> read_file(SourceFile& file, Format asked, const Sink& sink,
                                             const Progress& progress, ReadLimits limits,
                                             bool include_likes) {
    return FileReading(file, asked, sink, progress, limits, include_likes).run();
}

std::expected<Format, std::string> read_file(const std::filesystem::path& path, Format asked,
                                             const Sink& sink, const Progress& progress, ReadLimits limits,
                                             bool include_likes) {
    auto file = SourceFile::open(path);
    if (!file) return std::unexpected(file.error());
    return read_file(*file, asked, sink, progress, limits, include_likes);
}

}  // namespace transfer
