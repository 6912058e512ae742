#include "transfer/csv_stream.hpp"

#include <csv.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace transfer {
namespace {

/// libcsv lets a field grow without end and asks only its allocator, which has no context: so the bound of
/// the allocator is fixed, and a smaller one of the options is checked when the field is complete.
constexpr std::size_t kAllocationMax = 8 * 1024 * 1024;

void* bounded_realloc(void* memory, std::size_t size) {
    return size > kAllocationMax ? nullptr : std::realloc(memory, size);
}

int no_space(unsigned char) {
    return 0;
}

}  // namespace

struct CsvStream::State {
    CsvOptions options;
    OnRow on_row;
    OnFault on_fault;
    csv_parser parser{};
    std::vector<std::string> row;
    std::size_t row_bytes = 0;
    bool row_too_big = false;
    bool row_open = false;
    bool stopped = false;
    std::int64_t line = 1;      ///< of the next byte
    std::int64_t row_line = 1;  ///< where the current row started
    bool after_return = false;

    void take_field(std::string_view text) {
        row_bytes += text.size() + sizeof(std::string);
        row_open = true;
        row_too_big = row_too_big || text.size() > options.field_bytes_max ||
                      row_bytes > options.row_bytes_max || row.size() >= options.columns_max;
        if (row_too_big) {
            row.clear();
        } else {
            row.emplace_back(text);
        }
    }

    void take_row() {
        if (row_too_big) {
            on_fault(
                {.line = row_line, .code = "too_big", .message = "The row is too big and was left out."});
        } else if (!std::ranges::all_of(row, &std::string::empty)) {
            on_row(row_line, std::move(row));
        }
        row.clear();
        row_bytes = 0;
        row_too_big = false;
        row_open = false;
    }

    /// Whether the parser is inside of a quotation. libcsv's states: 2 is "field begun", 3 "may have ended".
    [[nodiscard]] bool in_quotation() const { return parser.quoted != 0 && parser.pstate == 2; }

    static void on_field(void* text, std::size_t size, void* self) {
        static_cast<State*>(self)->take_field({static_cast<const char*>(text), text == nullptr ? 0 : size});
    }
    static void on_end(int, void* self) { static_cast<State*>(self)->take_row(); }

    /// A piece that ends with a line end or with the chunk, so that lines can be counted.
    void feed_piece(std::string_view piece) {
        if (!row_open && parser.pstate <= 1 && parser.quoted == 0) row_line = line;
        if (csv_parse(&parser, piece.data(), piece.size(), &State::on_field, &State::on_end, this) ==
            piece.size())
            return;
        stopped = true;
        on_fault(
            {.line = row_line,
             .code = "too_big",
             .message = "A field of the row that starts in line " + std::to_string(row_line) +
                        " is too big, perhaps because a quotation mark is missing; the rest was not read."});
    }
};

CsvStream::CsvStream(CsvOptions options, OnRow on_row, OnFault on_fault) : state_(std::make_unique<State>()) {
    state_->options = options;
    state_->on_row = std::move(on_row);
    state_->on_fault = std::move(on_fault);
    if (csv_init(&state_->parser, 0) != 0) throw std::bad_alloc();
    csv_set_delim(&state_->parser, static_cast<unsigned char>(options.delimiter));
    // Blanks around a field belong to it: an export must come back as it was.
    csv_set_space_func(&state_->parser, no_space);
    csv_set_realloc_func(&state_->parser, bounded_realloc);
    csv_set_blk_size(&state_->parser, 4096);
}

CsvStream::~CsvStream() {
    csv_free(&state_->parser);
}

void CsvStream::feed(std::string_view chunk) {
    while (!chunk.empty() && !state_->stopped) {
        // `\r\n` is one line end, also when a chunk ends between the two.
        if (state_->after_return && chunk.front() == '\n') {
            state_->after_return = false;
            state_->feed_piece(chunk.substr(0, 1));
            chunk.remove_prefix(1);
            continue;
        }
        state_->after_return = false;
        const std::size_t end = chunk.find_first_of("\r\n");
        const std::size_t size = end == std::string_view::npos ? chunk.size() : end + 1;
        state_->feed_piece(chunk.substr(0, size));
        if (end != std::string_view::npos) {
            state_->after_return = chunk[end] == '\r';
            ++state_->line;
        }
        chunk.remove_prefix(size);
    }
}

void CsvStream::finish() {
    if (state_->stopped) return;
    state_->stopped = true;
    if (state_->in_quotation()) {
        state_->on_fault({.line = state_->row_line,
                          .code = "truncated",
                          .message = "The file ends inside of a quoted field; its last row was left out."});
        return;
    }
    csv_fini(&state_->parser, &State::on_field, &State::on_end, state_.get());
}

}  // namespace transfer
