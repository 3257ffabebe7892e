#include "outgoing/smtp_sender.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace cachery::outgoing {
namespace {

using testing::HasSubstr;

// Nobody listens there.
uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t bytes = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  static_cast<void>(::bind(socket, generic, bytes));
  static_cast<void>(::getsockname(socket, generic, &bytes));
  ::close(socket);
  return ntohs(address.sin_port);
}

// aiosmtpd of the distribution, which puts each mail that it takes into a file of a Maildir.
class RealMailServer {
 public:
  RealMailServer() {
    std::string name = (std::filesystem::temp_directory_path() / "cachery-smtp-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    port_ = free_port();
    child_ = ::fork();
    if (child_ != 0) return;
    const std::string address = fmt::format("127.0.0.1:{}", port_);
    const std::string mailbox = (directory_ / "mail").string();
    // The distribution's, whatever other Python comes first in PATH.
    ::execl("/usr/bin/python3", "python3", "-m", "aiosmtpd", "-n", "-l", address.c_str(), "-c",
            "aiosmtpd.handlers.Mailbox", mailbox.c_str(), nullptr);
    ::_exit(127);
  }
  ~RealMailServer() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }
  RealMailServer(const RealMailServer&) = delete;
  RealMailServer& operator=(const RealMailServer&) = delete;

  std::string url() const { return fmt::format("smtp://127.0.0.1:{}", port_); }
  // False: it ended, or was never there (python3-aiosmtpd is not installed).
  bool is_running() const { return ::waitpid(child_, nullptr, WNOHANG) == 0; }
  std::vector<std::string> mails() const {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(directory_ / "mail/new", none)) {
      std::ostringstream text;
      text << std::ifstream(file.path()).rdbuf();
      out.push_back(text.str());
    }
    return out;
  }

 private:
  std::filesystem::path directory_;
  uint16_t port_ = 0;
  pid_t child_ = 0;
};

struct SmtpSenderTest : testing::Test {
  std::unique_ptr<SmtpSender> sender(MailTls tls = MailTls::off) {
    return SmtpSender::open({.url = server.url(), .from = "cachery@example.org", .tls = tls}, clock)
        .value();
  }
  // There is no event to wait for: the server is asked until it listens.
  Status send_when_it_listens(const control::Mail& mail) {
    const auto with = sender();
    for (;;) {
      const Status sent = with->send(mail);
      if (sent || !server.is_running() || sent.error().fault != Fault::unavailable) return sent;
    }
  }

  FakeClock clock;
  RealMailServer server;
};

TEST_F(SmtpSenderTest, ARealServerTakesAMailAsItWasWritten) {
  const Status sent = send_when_it_listens(
      {"ann@example.org", "A subject", "First line\n.\nhttps://cache.example.org/#0123\n"});
  ASSERT_TRUE(sent.has_value()) << sent.error().detail;
  const auto mails = server.mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_THAT(mails[0], HasSubstr("Subject: A subject\n"));
  EXPECT_THAT(mails[0], HasSubstr("To: <ann@example.org>\n"));
  EXPECT_THAT(mails[0], HasSubstr("From: Cachery <cachery@example.org>\n"));
  EXPECT_THAT(mails[0], HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\n"));
  EXPECT_THAT(mails[0], HasSubstr("\n\nFirst line\n.\nhttps://cache.example.org/#0123\n"));
}

TEST_F(SmtpSenderTest, WithoutTlsNothingIsSentWhereTlsIsRequired) {
  ASSERT_TRUE(send_when_it_listens({"ann@example.org", "First", "Text\n"}).has_value());
  const Status sent = sender(MailTls::required)->send({"ann@example.org", "Second", "Text\n"});
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_EQ(server.mails().size(), 1u);
}

TEST_F(SmtpSenderTest, AHeadCannotBeForgedByAnAddressOrASubject) {
  const auto with = sender();
  EXPECT_EQ(with->send({"ann@example.org\r\nBcc: eve@example.org", "S", "T"}).error().fault,
            Fault::invalid);
  EXPECT_EQ(with->send({"ann@example.org", "S\r\nBcc: eve@example.org", "T"}).error().fault,
            Fault::invalid);
}

TEST(SmtpSenderSettingsTest, AnAddressThatIsNoMailServersIsRefused) {
  const FakeClock clock;
  for (const char* url : {"", "mail.example.org", "http://mail.example.org"}) {
    EXPECT_EQ(SmtpSender::open({.url = url, .from = "a@example.org"}, clock).error().fault,
              Fault::invalid);
  }
  EXPECT_EQ(
      SmtpSender::open({.url = "smtp://mail.example.org", .from = "nobody"}, clock).error().fault,
      Fault::invalid);
}

TEST(SmtpSenderSettingsTest, AServerThatIsAwayIsUnavailable) {
  const FakeClock clock;
  const auto sender = SmtpSender::open({.url = fmt::format("smtp://127.0.0.1:{}", free_port()),
                                        .from = "a@example.org",
                                        .tls = MailTls::off},
                                       clock)
                          .value();
  EXPECT_EQ(sender->send({"ann@example.org", "S", "T"}).error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace cachery::outgoing
