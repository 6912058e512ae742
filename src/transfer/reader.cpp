#include "transfer/reader.hpp"

#include <boost/json.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <variant>

#include "transfer/collector.hpp"
#include "transfer/csv_stream.hpp"
#include "transfer/decoder.hpp"
#include "transfer/fields.hpp"
#include "transfer/formats.hpp"
#include "transfer/html_stream.hpp"
#include "transfer/json_stream.hpp"
#include "transfer/line_stream.hpp"

namespace transfer {
namespace {

namespace json = boost::json;

constexpr std::size_t kChunkBytes = 64 * 1024;

Reading reading_of(const Detection& found, Collector& collector, const ReadContext& context) {
    switch (found.format) {
        case Format::x_archive:
            return read_x_archive(collector, context);
        case Format::siftly:
            return read_siftly(collector, context);
        case Format::dewey:
            return read_dewey(collector);
        case Format::fieldtheory:
            return read_fieldtheory(collector);
        case Format::netscape:
            return read_netscape(collector);
        case Format::chrome:
            return read_chrome(collector);
        case Format::raindrop:
            return read_raindrop(collector);
        case Format::pinboard:
            return read_pinboard(collector);
        case Format::karakeep:
            return read_karakeep(collector, context);
        case Format::x_bookmarker:
            return read_x_bookmarker(collector, found.shape);
        case Format::twitter_web_exporter:
            return read_twitter_web_exporter(collector, found.shape);
        case Format::x_graphql:
            return read_x_graphql(collector);
        case Format::automatic:
        case Format::twitter:
        case Format::json:
        case Format::csv:
            break;
    }
    return read_generic(collector);
}

/// Rows under a header become objects, so that the formats need not know about CSV.
class RowsToObjects {
public:
    explicit RowsToObjects(Reading reading) : reading_(std::move(reading)) {}

    void take(std::int64_t line, std::vector<std::string>&& row) {
        if (header_.empty()) {
            header_ = std::move(row);
            return;
        }
        json::object object;
        for (std::size_t i = 0; i < row.size() && i < header_.size(); ++i)
            if (!header_[i].empty()) object.emplace(header_[i], row[i]);
        reading_.take("[]", json::value(std::move(object)), line);
    }

private:
    Reading reading_;
    std::vector<std::string> header_;
};

}  // namespace

struct Reader::State {
    State(Format asked_for, const Sink& target, ReadLimits read_limits, ReadContext read_context)
        : asked(asked_for),
          sink(target),
          limits(read_limits),
          context(std::move(read_context)),
          decoder(limits.inflated_bytes_max, [this](std::string_view text) { take_text(text); }) {}

    Format asked;
    const Sink& sink;
    ReadLimits limits;
    ReadContext context;
    Decoder decoder;
    std::string head;  ///< until the format is known
    std::optional<Detection> detection;
    std::optional<std::string> refused;
    std::optional<Collector> collector;
    std::variant<std::monostate, std::unique_ptr<JsonStream>, std::unique_ptr<LineStream>,
                 std::unique_ptr<CsvStream>, std::unique_ptr<HtmlStream>>
        stream;
    std::function<void()> finish_reading;
    std::atomic<bool> cancelled = false;
    std::uint64_t bytes = 0;
    bool ended = false;

    void take_text(std::string_view text) {
        if (refused || cancelled) return;
        if (!detection) {
            const std::string_view part = text.substr(0, kDetectionBytes - head.size());
            head += part;
            text.remove_prefix(part.size());
            if (head.size() < kDetectionBytes) return;
            start(false);
        }
        if (detection && !text.empty()) push(text);
    }

    void start(bool complete) {
        auto found = detect(head, complete, asked);
        if (!found) {
            refused = std::move(found).error();
            return;
        }
        detection = *found;
        collector.emplace(sink, found->format, cancelled);
        open(*found);
        std::string text = std::exchange(head, {});
        // `window.YTD.bookmark.part0 = [`: what is behind is JSON.
        if (found->format == Format::x_archive) text.erase(0, text.find('['));
        push(text);
    }

    void report(std::int64_t line, std::string code, std::string message) {
        collector->error({.line = line, .field = {}, .code = std::move(code), .message = std::move(message)});
    }

    void open(const Detection& found) {
        Reading reading = reading_of(found, *collector, context);
        finish_reading = reading.finish;
        const JsonOptions options{.record_bytes_max = limits.record_bytes_max,
                                  .ignores_semicolon = found.format == Format::x_archive};
        const auto on_fault = [this](JsonFault&& fault) {
            report(fault.index, std::move(fault.code), std::move(fault.message));
        };
        if (found.shape == Shape::document) {
            stream = std::make_unique<JsonStream>(options, reading.role_of, reading.take, on_fault);
        } else if (found.shape == Shape::lines) {
            const auto take = [take = reading.take](const json::value& value, std::int64_t line) {
                take("[]", value, line);
            };
            stream = std::make_unique<LineStream>(options, take, on_fault);
        } else if (found.shape == Shape::html) {
            stream = std::make_unique<HtmlStream>(
                limits.record_bytes_max, [take = reading.take](json::object&& link, std::int64_t line) {
                    take("[]", json::value(std::move(link)), line);
                });
        } else {
            auto rows = std::make_shared<RowsToObjects>(std::move(reading));
            stream = std::make_unique<CsvStream>(
                CsvOptions{.delimiter = found.delimiter, .row_bytes_max = limits.record_bytes_max},
                [rows](std::int64_t line, std::vector<std::string>&& row) {
                    rows->take(line, std::move(row));
                },
                [this](CsvFault&& fault) {
                    report(fault.line, std::move(fault.code), std::move(fault.message));
                });
        }
    }

    void push(std::string_view text) {
        std::visit(
            [&](auto& one) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) one->feed(text);
            },
            stream);
    }

    void finish_stream() {
        std::visit(
            [](auto& one) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) one->finish();
            },
            stream);
        if (finish_reading) finish_reading();
    }

    /// A damaged or truncated compression: what came out of it is still read.
    void fail(const DecodeFault& fault) {
        ended = true;
        if (!detection && !refused) start(false);
        if (refused) {
            refused = fault.message;
            return;
        }
        report(0, fault.code, fault.message);
        collector->finish();
    }
};

Reader::Reader(Format asked, const Sink& sink, ReadLimits limits, ReadContext context)
    : state_(std::make_unique<State>(asked, sink, limits, std::move(context))) {}

Reader::~Reader() = default;

void Reader::feed(std::string_view chunk) {
    while (!chunk.empty() && !stopped()) {
        const std::string_view slice = chunk.substr(0, kChunkBytes);
        chunk.remove_prefix(slice.size());
        state_->bytes += slice.size();
        if (auto status = state_->decoder.feed(slice); !status) state_->fail(status.error());
    }
}

void Reader::finish() {
    if (stopped()) return;
    if (auto status = state_->decoder.finish(); !status) return state_->fail(status.error());
    state_->ended = true;
    if (!state_->detection && !state_->refused) state_->start(true);
    if (state_->refused) return;
    state_->finish_stream();
    state_->collector->finish();
}

void Reader::cancel() {
    state_->cancelled = true;
}

bool Reader::stopped() const {
    return state_->ended || state_->refused || state_->cancelled;
}

std::uint64_t Reader::bytes_read() const {
    return state_->bytes;
}

std::optional<Detection> Reader::detected() const {
    return state_->detection;
}

const std::optional<std::string>& Reader::refusal() const {
    return state_->refused;
}

}  // namespace transfer
