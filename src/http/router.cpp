#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

#include "http/parser.hpp"
#include "http/percent.hpp"

namespace http {
namespace {

// Deeper paths than any route of the contract; longer ones are unknown without a look.
constexpr std::size_t kSegmentsMax = 24;
constexpr std::size_t kMethods = 8;

/// Cuts at slashes; one trailing slash does not count.
std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> out;
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path.empty()) return out;
    while (true) {
        const auto slash = path.find('/');
        out.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos || out.size() > kSegmentsMax) return out;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace

// A tree of segments. Fixed children are tried before the parameter, and the parameter again when they lead
// nowhere.
struct Router::Node {
    std::string segment;
    std::vector<std::unique_ptr<Node>> fixed;
    std::unique_ptr<Node> parameter;
    std::array<const Route*, kMethods> routes{};

    [[nodiscard]] Node* child(std::string_view name) const {
        for (const auto& node : fixed) {
            if (equal_ignoring_case(node->segment, name)) return node.get();
        }
        return nullptr;
    }

    Node& grow(std::string_view name) {
        if (name.starts_with(':')) {
            if (!parameter) parameter = std::make_unique<Node>();
            return *parameter;
        }
        if (Node* known = child(name)) return *known;
        fixed.push_back(std::make_unique<Node>());
        fixed.back()->segment = name;
        return *fixed.back();
    }

    [[nodiscard]] const Route* route(Method method) const {
        const auto of = [&](Method m) { return routes[static_cast<std::size_t>(m)]; };
        if (const Route* route = of(method)) return route;
        if (method == Method::head) return of(Method::get);
        if (method == Method::patch) return of(Method::put);
        return nullptr;
    }
};

/// One look-up: walks the tree, collects the methods of every node that the path fits.
struct Router::Search {
    const std::vector<std::string>& segments;
    Method method;
    Match match;
    std::array<bool, kMethods> allowed{};
    std::array<std::size_t, kSegmentsMax> taken{};  ///< segments that parameters stand for
    std::size_t taken_count = 0;

    bool walk(const Node& node, std::size_t depth) {
        if (depth == segments.size()) {
            match.route = node.route(method);
            for (std::size_t i = 0; i < kMethods; ++i) {
                if (node.route(static_cast<Method>(i)) != nullptr) allowed[i] = true;
            }
            return match.route != nullptr;
        }
        const std::string& segment = segments[depth];
        if (const Node* next = node.child(segment); next != nullptr && walk(*next, depth + 1)) return true;
        if (!node.parameter || segment.empty()) return false;
        taken[taken_count++] = depth;
        if (walk(*node.parameter, depth + 1)) return true;
        --taken_count;
        return false;
    }
};

Router::Router(std::span<const Route> routes) : routes_(routes), root_(std::make_unique<Node>()) {
    for (const Route& route : routes) {
        Node* node = root_.get();
        for (const auto segment : split(route.pattern))
            node = &node->grow(segment);
        auto& place = node->routes[static_cast<std::size_t>(route.method)];
        if (place != nullptr) throw std::logic_error("two routes for " + std::string(route.pattern));
        place = &route;
    }
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

Match Router::find(Method method, std::string_view path) const {
    const auto raw = split(path);
    if (raw.size() > kSegmentsMax) return {};
    std::vector<std::string> segments;
    segments.reserve(raw.size());
    for (const auto segment : raw) {
        auto decoded = decode_path(segment);
        if (!decoded) return {};
        segments.push_back(std::move(*decoded));
    }
    Search search{segments, method, {}, {}, {}, 0};
    if (search.walk(*root_, 0)) {
        for (std::size_t i = 0; i < search.taken_count; ++i) {
            search.match.parameters.push_back(std::move(segments[search.taken[i]]));
        }
        return std::move(search.match);
    }
    for (std::size_t i = 0; i < kMethods; ++i) {
        if (!search.allowed[i] || static_cast<Method>(i) == Method::other) continue;
        if (!search.match.allow.empty()) search.match.allow += ", ";
        search.match.allow += to_string(static_cast<Method>(i));
    }
    return std::move(search.match);
}

}  // namespace http
