#include "password_prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>

#include "base/utf8.hpp"

namespace app {
namespace {

// Contract 3.2.
constexpr std::size_t kCharactersMin = 8;
constexpr std::size_t kCharactersMax = 256;

/// No echo as long as it lives. Ctrl-C comes as a character: killed in between, the terminal would stay mute.
class MuteTerminal {
public:
    MuteTerminal() {
        tcgetattr(STDIN_FILENO, &before_);
        termios mute = before_;
        mute.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute);
    }
    ~MuteTerminal() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    MuteTerminal(const MuteTerminal&) = delete;
    MuteTerminal& operator=(const MuteTerminal&) = delete;

private:
    termios before_{};
};

std::optional<std::string> ask(const char* prompt) {
    std::fputs(prompt, stderr);
    std::string line;
    bool read = false;
    {
        const MuteTerminal mute;
        read = static_cast<bool>(std::getline(std::cin, line));
    }
    std::fputs("\n", stderr);
    if (!read || line.contains('\x03')) return std::nullopt;
    return line;
}

std::expected<std::string, std::string> read_password() {
    std::string line;
    if (isatty(STDIN_FILENO) == 0) {
        if (!std::getline(std::cin, line)) return std::unexpected("there is no password on standard input");
        if (line.ends_with('\r')) line.pop_back();
        return line;
    }
    const auto first = ask("Password: ");
    if (!first) return std::unexpected("aborted");
    const auto second = ask("Again: ");
    if (!second) return std::unexpected("aborted");
    if (*first != *second) return std::unexpected("the passwords differ");
    return *first;
}

}  // namespace

std::expected<std::string, std::string> ask_new_password() {
    auto password = read_password();
    if (!password) return password;
    if (!base::is_valid_utf8(*password)) return std::unexpected("the password is not valid UTF-8");
    const auto characters = base::count_code_points(*password);
    if (characters < kCharactersMin || characters > kCharactersMax)
        return std::unexpected("the password must have 8 to 256 characters");
    return password;
}

}  // namespace app
