#include "observe/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace observe {
namespace {

void append_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else {
        std::array<char, 32> text;
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        out.append(text.data(), end);
    }
}

// In label values backslash, quote and line feed are escaped.
void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
}

std::string_view word_of(Kind kind) {
    switch (kind) {
        case Kind::counter:
            return "counter";
        case Kind::gauge:
            return "gauge";
        case Kind::histogram:
            return "histogram";
    }
    return "unknown";
}

std::string bound_text(std::int64_t microseconds) {
    std::string out;
    append_number(out, static_cast<double>(microseconds) / 1e6);
    return out;
}

constexpr std::string_view kTotal = "_total";

}  // namespace

bool wants_open_metrics(std::string_view accept) {
    return accept.contains("application/openmetrics-text");
}

std::string_view content_type(bool open_metrics) {
    return open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8";
}

Exposition& Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    name_ = name;
    // OpenMetrics names a counter without the suffix that its samples have.
    if (open_metrics_ && kind == Kind::counter && name.ends_with(kTotal)) name.remove_suffix(kTotal.size());
    out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out_.append("# TYPE ").append(name).append(" ").append(word_of(kind)).append("\n");
    return *this;
}

void Exposition::line(std::string_view suffix, std::span<const Label> labels, std::string_view bound,
                      double value) {
    out_.append(name_).append(suffix);
    if (!labels.empty() || !bound.empty()) {
        char before = '{';
        for (const auto& [name, text] : labels) {
            out_.append(1, before).append(name).append("=\"");
            append_escaped(out_, text);
            out_ += '"';
            before = ',';
        }
        if (!bound.empty()) out_.append(1, before).append("le=\"").append(bound).append("\"");
        out_ += '}';
    }
    out_ += ' ';
    append_number(out_, value);
    out_ += '\n';
}

Exposition& Exposition::sample(double value, Labels labels) {
    return sample(value, std::span(labels.begin(), labels.size()));
}

Exposition& Exposition::sample(double value, std::span<const Label> labels) {
    line({}, labels, {}, value);
    return *this;
}

Exposition& Exposition::histogram(const Durations& durations, std::span<const Label> labels) {
    double sum = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
        sum += static_cast<double>(durations.counts[i]);
        line("_bucket", labels, bound_text(kBounds[i]), sum);
    }
    sum += static_cast<double>(durations.counts.back());
    line("_bucket", labels, "+Inf", sum);
    line("_sum", labels, {}, static_cast<double>(durations.microseconds) / 1e6);
    line("_count", labels, {}, sum);
    return *this;
}

Exposition& Exposition::write(const Counters& counters, Family which) {
    const FamilyInfo& about = info(which);
    family(about.name, about.kind, about.help);
    const auto samples = counters.read(which);
    // A family without labels is one number, also before anything happened.
    if (samples.empty() && about.labels.empty() && about.kind != Kind::histogram) return sample(0);
    for (const Counters::Sample& one : samples) {
        std::vector<Label> labels;
        for (std::size_t i = 0; i < one.labels.size(); ++i)
            labels.emplace_back(about.labels[i], one.labels[i]);
        if (about.kind == Kind::histogram)
            histogram(one.durations, labels);
        else
            sample(one.value, std::span<const Label>(labels));
    }
    return *this;
}

void Exposition::end() {
    if (open_metrics_) out_ += "# EOF\n";
}

}  // namespace observe
