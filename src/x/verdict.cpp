#include "x/verdict.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "base/utf8.hpp"
#include "posts/json_fields.hpp"

namespace x {
namespace {

namespace json = boost::json;
using posts::array_at;
using posts::at_path;
using posts::text_of;

constexpr std::size_t kDescriptionBytesMax = 300;
/// Codes and tokens of X have 24 characters at least.
constexpr std::size_t kSecretCharsMin = 20;

/// What a body says that is not the answer which was asked for: a problem document, or a list of errors.
struct Complaint {
    std::vector<std::string> kinds;       ///< last parts of types, codes, reasons; as X writes them
    std::vector<std::string> parameters;  ///< names of request parameters
    std::string words;                    ///< titles, details and messages
    std::string first;                    ///< for a person
};

std::string_view last_part(std::string_view type) {
    return type.substr(type.rfind('/') + 1);
}

void add_words(const json::value& value, Complaint& complaint) {
    std::string told;
    for (const std::string_view name : {"title", "detail", "message", "error", "error_description"}) {
        const std::string text = text_of(at_path(&value, {name}));
        if (text.empty()) continue;
        if (!told.empty()) told += ": ";
        told += text;
    }
    if (complaint.first.empty()) complaint.first = told;
    complaint.words += told + '\n';
}

void add_complaint(const json::value& value, Complaint& complaint) {
    if (!value.is_object()) return;
    add_words(value, complaint);
    for (const std::string_view name : {"type", "code", "reason", "error"})
        if (const std::string text = text_of(at_path(&value, {name})); !text.empty())
            complaint.kinds.emplace_back(last_part(text));
    if (std::string name = text_of(at_path(&value, {"parameter"})); !name.empty())
        complaint.parameters.push_back(std::move(name));
    const json::value* named = at_path(&value, {"parameters"});
    if (named == nullptr || !named->is_object()) return;
    for (const auto& [name, ignored] : named->get_object())
        complaint.parameters.emplace_back(name.data(), name.size());
}

Complaint read_complaint(std::string_view body) {
    Complaint complaint;
    boost::system::error_code error;
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    const json::value root = json::parse(body, error, {}, options);
    if (error) return complaint;
    // The particular ones first: what the document as a whole says is the same for all of them.
    if (const json::array* errors = array_at(&root, {"errors"}))
        for (const json::value& value : *errors)
            add_complaint(value, complaint);
    add_complaint(root, complaint);
    return complaint;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// What a token may consist of: base64 of either kind, hexadecimal, percent-encoding.
bool is_of_token(char c) {
    return is_letter(c) || is_digit(c) || std::string_view("_-.~+/=%").contains(c);
}

/// Whoever answers may repeat what he was sent, such as a code, a token or the app's secret. These are long,
/// and have digits among their letters; words and ids of posts do not.
std::string without_tokens(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::ranges::find_if_not(text, is_of_token);
        const std::string_view run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        const bool is_secret = run.size() >= kSecretCharsMin && std::ranges::any_of(run, is_letter) &&
                               std::ranges::any_of(run, is_digit);
        out += is_secret ? "[…]" : run;
        text.remove_prefix(run.size());
        if (text.empty()) break;
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

bool has_kind(const Complaint& complaint, std::string_view kind) {
    return std::ranges::find(complaint.kinds, kind) != complaint.kinds.end();
}

/// Without case, and whatever stands between the words.
bool speaks_of(const Complaint& complaint, std::string_view squeezed) {
    const auto squeeze = [](std::string_view text) {
        std::string out;
        for (const char c : text)
            if (c != ' ' && c != '-' && c != '_')
                out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        return out;
    };
    if (squeeze(complaint.words).contains(squeezed)) return true;
    return std::ranges::any_of(complaint.kinds,
                               [&](const std::string& kind) { return squeeze(kind).contains(squeezed); });
}

/// X refuses until the owner of the app has paid.
bool is_about_money(const Complaint& complaint) {
    constexpr std::array<std::string_view, 5> kPhrases{"usagecap", "outofcredits", "creditsdepleted",
                                                       "insufficientcredits", "doesnothaveanycredits"};
    return std::ranges::any_of(kPhrases, [&](std::string_view p) { return speaks_of(complaint, p); });
}

bool is_field(std::string_view parameter) {
    return parameter == "expansions" || parameter.ends_with(".fields");
}

/// Parameters that a 400 names; from its words when it has no list of them.
std::vector<std::string> named_parameters(const Complaint& complaint) {
    if (!complaint.parameters.empty()) return complaint.parameters;
    // Behind this the message lists all parameters that there are.
    const std::string_view words =
        std::string_view(complaint.words).substr(0, complaint.words.find("is not one of"));
    std::vector<std::string> names;
    for (const std::string_view name :
         {"pagination_token", "expansions", "tweet.fields", "post.fields", "user.fields", "media.fields"})
        if (words.contains(name)) names.emplace_back(name);
    return names;
}

Decision judge_bad_request(const Complaint& complaint, const Observation& observation) {
    const auto names = named_parameters(complaint);
    if (std::ranges::any_of(names, is_field))
        return observation.may_switch ? Decision::switch_dialect : Decision::bad_request;
    const bool of_cursor = names.empty() || std::ranges::find(names, "pagination_token") != names.end();
    return observation.has_cursor && of_cursor ? Decision::bad_cursor : Decision::bad_request;
}

Decision judge_forbidden(const Complaint& complaint) {
    const bool not_enrolled =
        has_kind(complaint, "client-forbidden") || speaks_of(complaint, "clientnotenrolled");
    return not_enrolled ? Decision::not_enrolled : Decision::needs_reauth;
}

}  // namespace

Verdict judge(const Observation& observation) {
    const int status = observation.status;
    if (status >= 200 && status < 300)
        return {observation.is_well_formed ? Decision::ok : Decision::unavailable};
    if (status < 400 || status >= 500) return {Decision::unavailable};
    const Complaint complaint = read_complaint(observation.body);
    if (status == 402 || is_about_money(complaint)) return {Decision::budget};
    switch (status) {
        case 400:
            return {judge_bad_request(complaint, observation)};
        case 401:
            return {Decision::unauthorized};
        case 403:
            return {judge_forbidden(complaint)};
        case 404:
            return {Decision::user_gone};
        case 408:
            return {Decision::unavailable};
        case 429:
            return {Decision::rate_limited, observation.rate_limit.reset};
        default:
            return {Decision::bad_request};
    }
}

std::string describe(std::string_view body) {
    std::string text = without_tokens(read_complaint(body).first);
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    if (text.size() <= kDescriptionBytesMax) return text;
    std::size_t end = kDescriptionBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    text.resize(end);
    return text;
}

std::string_view to_string(Decision decision) {
    constexpr std::array<std::string_view, 12> kWords{
        "ok",           "switch_dialect", "bad_cursor", "bad_request",  "unauthorized", "budget",
        "needs_reauth", "not_enrolled",   "user_gone",  "rate_limited", "unavailable",  "breaker"};
    return kWords.at(static_cast<std::size_t>(decision));
}

}  // namespace x
