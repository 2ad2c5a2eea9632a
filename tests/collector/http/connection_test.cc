#include "http/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace collector {
namespace {

using std::chrono::milliseconds;

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    const int size = 4'096;
    ASSERT_EQ(setsockopt(ends_[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
  }
  void TearDown() override {
    for (const int end : ends_) close(end);
  }

  // Writes until everything is sent or the connection gives up. Returns how much was sent.
  static size_t WriteAll(Connection* connection, const std::string& text) {
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t written = connection->write(text.data() + sent, text.size() - sent);
      if (written < 0) break;
      sent += static_cast<size_t>(written);
    }
    return sent;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(ConnectionTest, GivesUpOnAClientThatReadsNothing) {
  Connection connection(ends_[0], "", milliseconds(50));
  EXPECT_LT(WriteAll(&connection, std::string(1'000'000, 'a')), 1'000'000u);
}

TEST_F(ConnectionTest, GivesUpOnAClientThatReadsAByteAtATime) {
  std::atomic<bool> ended(false);
  std::thread reader([&] {
    char byte;
    while (!ended && recv(ends_[1], &byte, 1, 0) == 1) std::this_thread::sleep_for(milliseconds(5));
  });
  Connection connection(ends_[0], "", milliseconds(50));
  EXPECT_LT(WriteAll(&connection, std::string(1'000'000, 'a')), 1'000'000u);
  ended = true;
  shutdown(ends_[0], SHUT_RDWR);
  reader.join();
}

TEST_F(ConnectionTest, AFastStartGainsNoMoreThanThePatience) {
  std::atomic<bool> ended(false);
  std::thread reader([&] {
    std::string block(1'000'000, '\0');
    for (size_t left = 8'000'000; left > 0;) {
      const ssize_t received = recv(ends_[1], block.data(), std::min(left, block.size()), 0);
      if (received <= 0) break;
      left -= static_cast<size_t>(received);
    }
    while (!ended) std::this_thread::sleep_for(milliseconds(5));
  });
  Connection connection(ends_[0], "", milliseconds(200));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_LT(WriteAll(&connection, std::string(20'000'000, 'a')), 20'000'000u);
  // With a second for each 256 KiB that was read, it would wait half a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
  ended = true;
  shutdown(ends_[0], SHUT_RDWR);
  reader.join();
}

TEST_F(ConnectionTest, SendsEverythingToAClientThatReads) {
  const std::string text(1'000'000, 'a');
  std::thread reader([&] {
    char block[65'536];
    while (recv(ends_[1], block, sizeof block, 0) > 0) {
    }
  });
  Connection connection(ends_[0], "", milliseconds(2'000));
  EXPECT_EQ(WriteAll(&connection, text), text.size());
  shutdown(ends_[0], SHUT_RDWR);
  reader.join();
}

TEST_F(ConnectionTest, KeepsWhatTheClientDoesNotTakeAtOnce) {
  Connection connection(ends_[0], "");
  connection.KeepRest();
  const std::string text(1'000'000, 'a');
  EXPECT_EQ(WriteAll(&connection, text + 'b'), text.size() + 1);
  EXPECT_EQ(WriteAll(&connection, "c"), 1u);
  const std::string rest = connection.TakeRest();
  EXPECT_EQ(rest.substr(rest.size() - 2), "bc");
  std::string taken(text.size(), '\0');
  EXPECT_EQ(static_cast<size_t>(recv(ends_[1], taken.data(), taken.size(), 0)) + rest.size(),
            text.size() + 2);
}

TEST_F(ConnectionTest, FailsForAClientThatHasGone) {
  Connection connection(ends_[0], "");
  connection.KeepRest();
  shutdown(ends_[1], SHUT_RDWR);
  EXPECT_EQ(WriteAll(&connection, "a"), 0u);
}

TEST(NetworkOf, IsWhatOneClientCanChooseFrom) {
  EXPECT_EQ(NetworkOf("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(NetworkOf("::ffff:127.0.0.1"), "::ffff:127.0.0.1");
  EXPECT_EQ(NetworkOf("2001:db8:0:1::7"), "2001:db8:0:1::/64");
  EXPECT_EQ(NetworkOf("2001:db8:0:1:ffff::9"), NetworkOf("2001:db8:0:1::7"));
  EXPECT_NE(NetworkOf("2001:db8:0:2::7"), NetworkOf("2001:db8:0:1::7"));
  EXPECT_EQ(NetworkOf(""), "");
}

}  // namespace
}  // namespace collector
