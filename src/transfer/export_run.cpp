#include "transfer/export_run.hpp"

#include <algorithm>
#include <utility>

#include "transfer/export_parts.hpp"
#include "transfer/export_snapshot.hpp"
#include "transfer/export_writer.hpp"

namespace transfer {
namespace {

using base::Result;
using bookmarks::Bookmark;
using categories::Category;

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;

class Exporter {
public:
    Exporter(ExportSnapshot& snapshot, const ExportParts& parts, const TellExport& tell)
        : snapshot_(snapshot), parts_(parts), tell_(tell) {
        const std::vector<ExportFormat> formats =
            options().format == ExportFormat::zip ? formats_in_zip() : std::vector{options().format};
        // Markdown has an index, for which they are read once more.
        std::int64_t readings = 0;
        for (const ExportFormat format : formats)
            readings += format == ExportFormat::markdown ? 2 : 1;
        progress_.total = options().bookmarks ? parts_.bookmarks * readings : 0;
    }

    Result<void> run(const Write& out) {
        switch (options().format) {
            case ExportFormat::zip:
                return write_zip(out);
            case ExportFormat::markdown: {
                ZipStream zip(out, parts_.exported_at);
                auto written = write_markdown_files(zip, "");
                return written ? zip.finish() : written;
            }
            case ExportFormat::json:
            case ExportFormat::csv:
            case ExportFormat::ndjson:
            case ExportFormat::html:
                break;
        }
        if (!options().compressed) return write_file(options().format, out);
        GzipStream gzip(out);
        auto written =
            write_file(options().format, [&gzip](std::string_view bytes) { return gzip.write(bytes); });
        return written ? gzip.finish() : written;
    }

private:
    [[nodiscard]] const ExportOptions& options() const { return parts_.options; }

    /// CSV holds nothing but bookmarks.
    [[nodiscard]] std::vector<ExportFormat> formats_in_zip() const {
        std::vector<ExportFormat> formats = options().zip_formats;
        if (parts_.bookmarks == 0) std::erase(formats, ExportFormat::csv);
        return formats;
    }

    Result<void> flush(std::string& buffer, const Write& out, std::size_t at_least = 0) {
        if (buffer.size() < at_least || buffer.empty()) return {};
        auto written = out(buffer);
        buffer.clear();
        return written;
    }

    /// All bookmarks that are asked for, of one folder when one is given.
    Result<void> each(const std::optional<ExportSnapshot::Folder>& folder, const ExportSnapshot::Take& take) {
        if (!options().bookmarks) return {};
        progress_.step = "bookmarks";
        return snapshot_.each(
            parts_.user, options().filter, folder,
            [&](const Bookmark& bookmark) {
                ++progress_.done;
                return take(bookmark);
            },
            [this] { return tell(); });
    }
    Result<void> tell() {
        if (tell_(progress_)) return {};
        return base::fail(base::Errc::service_unavailable, "The export was ended");
    }

    Result<void> write_file(ExportFormat format, const Write& out) {
        if (format == ExportFormat::html) return write_html(out);
        const auto writer = format == ExportFormat::json     ? make_json_writer(parts_)
                            : format == ExportFormat::ndjson ? make_ndjson_writer(parts_)
                                                             : make_csv_writer(parts_);
        std::string buffer;
        writer->begin(buffer);
        auto written = each({}, [&](const Bookmark& bookmark) {
            writer->bookmark(bookmark, buffer);
            return flush(buffer, out, kBufferBytes);
        });
        if (!written) return written;
        writer->end(buffer);
        return flush(buffer, out);
    }

    Result<void> write_html(const Write& out) {
        HtmlWriter html;
        std::string buffer;
        const auto write_folder = [&](std::optional<base::Uuid> category) {
            return each(ExportSnapshot::Folder{category}, [&](const Bookmark& bookmark) {
                html.bookmark(bookmark, buffer);
                return flush(buffer, out, kBufferBytes);
            });
        };
        html.begin(buffer);
        std::size_t depth = 0;
        for (const Category& category : parts_.categories) {
            const std::size_t wanted = parts_.path_of(category).size() - 1;
            for (; depth > wanted; --depth)
                html.end_folder(buffer);
            html.begin_folder(category, buffer);
            ++depth;
            if (category.active_count + category.archived_count == 0) continue;
            if (auto written = write_folder(category.id.uuid); !written) return written;
        }
        for (; depth > 0; --depth)
            html.end_folder(buffer);
        if (auto written = write_folder(std::nullopt); !written) return written;
        html.end(buffer);
        return flush(buffer, out);
    }

    Result<void> write_markdown_files(ZipStream& zip, const std::string& folder) {
        const Write write = [&zip](std::string_view bytes) { return zip.write(bytes); };
        if (auto begun = zip.begin(folder + "index.md"); !begun) return begun;
        std::string buffer;
        write_markdown_index_head(parts_, buffer);
        auto written = each({}, [&](const Bookmark& bookmark) {
            write_markdown_index_line(bookmark, buffer);
            return flush(buffer, write, kBufferBytes);
        });
        if (written) written = flush(buffer, write);
        if (!written) return written;
        return each({}, [&](const Bookmark& bookmark) -> Result<void> {
            buffer.clear();
            write_markdown(parts_, bookmark, buffer);
            if (auto begun = zip.begin(folder + markdown_name(bookmark), buffer.size()); !begun) return begun;
            return zip.write(buffer);
        });
    }

    Result<void> write_zip(const Write& out) {
        ZipStream zip(out, parts_.exported_at);
        const std::string stem = "bookmarks-" + file_time(parts_.exported_at) + ".";
        for (const ExportFormat format : formats_in_zip()) {
            if (format == ExportFormat::markdown) {
                if (auto written = write_markdown_files(zip, "markdown/"); !written) return written;
                continue;
            }
            if (auto begun = zip.begin(stem + std::string(to_string(format))); !begun) return begun;
            if (auto written =
                    write_file(format, [&zip](std::string_view bytes) { return zip.write(bytes); });
                !written)
                return written;
        }
        const std::string text = readme();
        if (auto begun = zip.begin("README.txt", text.size()); !begun) return begun;
        if (auto written = zip.write(text); !written) return written;
        return zip.finish();
    }

    [[nodiscard]] std::string readme() const {
        std::string text = "X Bookmarker export\n\nDate: " + base::to_iso(parts_.exported_at) + "\nFormats:";
        for (const ExportFormat format : formats_in_zip())
            text += " " + std::string(to_string(format));
        const auto count = [&text](std::string_view name, bool is_asked, std::size_t number) {
            if (is_asked) text += "\n" + std::string(name) + ": " + std::to_string(number);
        };
        count("Bookmarks", options().bookmarks, static_cast<std::size_t>(parts_.bookmarks));
        count("Categories", options().categories, parts_.categories.size());
        count("Tags", options().tags, parts_.tags.size());
        count("Searches", options().search_history, parts_.searches.size());
        count("Saved searches", options().saved_searches, parts_.saved_searches.size());
        return text + "\n";
    }

    ExportSnapshot& snapshot_;
    const ExportParts& parts_;
    const TellExport& tell_;
    ExportProgress progress_;
};

}  // namespace

Result<std::int64_t> run_export(const ExportEnvironment& environment, const ExportTarget& target,
                                const Write& out, const TellExport& tell) {
    auto snapshot = ExportSnapshot::open(environment.loop, environment.database);
    if (!snapshot) return std::unexpected(snapshot.error());
    const auto parts = read_export_parts(**snapshot, target.user, target.options, target.exported_at);
    if (!parts) return std::unexpected(parts.error());
    Exporter exporter(**snapshot, *parts, tell);
    if (auto written = exporter.run(out); !written) return std::unexpected(written.error());
    return parts->record_count();
}

}  // namespace transfer
