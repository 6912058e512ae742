#include "transfer/import_validation.hpp"

#include <algorithm>
#include <cmath>

#include "base/json_writer.hpp"
#include "transfer/reader.hpp"
#include "transfer/source_file.hpp"

namespace transfer {
namespace {

/// Of the file; what is behind is reckoned.
constexpr std::uint64_t kLookedAtBytes = 16ULL * 1024 * 1024;
/// What is compressed may become a thousand times as much.
constexpr std::chrono::seconds kLookedAtTime{3};

std::string sentence_of(const RecordError& error) {
    return "Record " + std::to_string(error.line) + (error.field.empty() ? "" : ", " + error.field) + ": " +
           error.message;
}

void write_preview(base::JsonWriter& json, const Record& record) {
    const bookmarks::Draft& draft = record.draft;
    json.begin_object().member("xTweetId", draft.x_tweet_id).member("url", draft.url);
    json.member("content", draft.content).member("title", draft.title).member("note", draft.note);
    json.member("authorUsername", draft.author_username)
        .member("authorDisplayName", draft.author_display_name);
    json.key("mediaUrls").begin_array();
    for (const bookmarks::Media& media : draft.media)
        json.value(media.url);
    json.end_array().member("tags", draft.tags).member("categoryPath", record.category_path);
    json.member("isArchived", draft.is_archived).member("bookmarkedAt", draft.bookmarked_at);
    json.member("postedAt", draft.posted_at).member("postStatus", to_string(draft.post_status)).end_object();
}

}  // namespace

std::string ImportValidation::to_json() const {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("valid", valid).member("errors", errors).member("warnings", warnings);
    json.member("estimatedRecords", estimated_records).key("detectedFormat");
    if (format)
        json.value(to_string(*format));
    else
        json.null();
    json.key("preview").begin_array();
    for (const Record& record : preview)
        write_preview(json, record);
    json.end_array().end_object();
    return out;
}

ImportValidation validate_import(const std::filesystem::path& path, std::uint64_t offset,
                                 std::uint64_t size_bytes, const ImportOptions& options) {
    ImportValidation found;
    auto file = SourceFile::open(path, offset, size_bytes);
    if (!file) {
        found.errors.push_back(file.error());
        return found;
    }
    std::int64_t records = 0;
    std::int64_t faults = 0;
    const Sink sink{.record =
                        [&](Record&& record) {
                            ++records;
                            if (found.preview.size() < ImportValidation::kPreviewMax)
                                found.preview.push_back(std::move(record));
                        },
                    .error =
                        [&](RecordError&& error) {
                            ++faults;
                            if (found.errors.size() < ImportValidation::kErrorsMax)
                                found.errors.push_back(sentence_of(error));
                        },
                    .warning = [&](std::string_view message) { found.warnings.emplace_back(message); }};
    double share = 1;
    bool is_cut = false;
    const std::uint64_t size = file->size();
    const base::SystemClock clock;
    const base::SteadyTime end = clock.steady() + kLookedAtTime;
    const auto go_on = [&](std::uint64_t done, std::uint64_t total) {
        // Files that are read twice count twice, and their records come with the second reading.
        const std::uint64_t second = total > size ? total - size : 0;
        if (done >= total) return true;
        const bool is_enough = done > second && done - second >= kLookedAtBytes;
        if (!is_enough && clock.steady() < end) return true;
        // In the first of two readings there are no records yet.
        if (done <= second) {
            is_cut = true;
            return false;
        }
        share = static_cast<double>(done - second) / static_cast<double>(std::max<std::uint64_t>(size, 1));
        is_cut = true;
        return false;
    };
    const auto read = read_file(*file, options.source, sink, go_on, {}, options.include_likes);
    if (!read && !is_cut) {
        found.errors.insert(found.errors.begin(), read.error());
        return found;
    }
    found.format = read ? std::optional(*read) : detect_format(*file, options.source);
    found.estimated_records = std::llround(static_cast<double>(records) / share);
    found.valid = records > 0;
    if (records == 0 && faults == 0) found.errors.emplace_back("The file holds no bookmarks.");
    if (is_cut)
        found.warnings.emplace_back("Only the beginning of the file was looked at; the number is reckoned.");
    return found;
}

}  // namespace transfer
