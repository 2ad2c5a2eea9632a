// The program: reads options, prints a line when it listens, and stops on signals.

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "http/host_name.h"
#include "http/request_log.h"
#include "options.h"
#include "server.h"

namespace {

constexpr int kFailure = 1;
constexpr int kUsageError = 2;

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

int Run(const collector::Options& options) {
  // Block the signals before the first thread starts, so that only sigwait() receives them.
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A limit on the size of files is an error of the database, like a full disk.
  signal(SIGXFSZ, SIG_IGN);

  if (!collector::IsLoopback(options.host)) {
    std::cerr << "webtrack-collector: everybody who reaches " << options.host
              << " can store logs and read all of them"
              << (options.allowed_origins.empty() ? "; --allow-origin limits the pages that send"
                                                  : "")
              << '\n';
  }
  collector::RequestLog log(&std::cerr, options.quiet);
  collector::Server server(options, &log);
  const nlohmann::ordered_json ready = {{"url", server.url()},
                                        {"db", options.db},
                                        {"project", options.project},
                                        {"logstores", options.logstores}};
  std::cout << ready.dump() << std::endl;

  std::atomic<bool> ending(false);
  bool served = false;
  std::thread serving([&] {
    served = server.Serve();
    if (!ending) kill(getpid(), SIGTERM);  // Serve() failed: wake sigwait()
  });
  int received = 0;
  sigwait(&signals, &received);
  ending = true;
  // Current requests may take seconds. A second signal ends the program immediately.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  server.Stop();
  serving.join();
  return served ? 0 : kFailure;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const collector::Options options =
        collector::ParseOptions(std::vector<std::string>(argv + 1, argv + argc));
    if (options.help) {
      std::cout << collector::Usage();
      return 0;
    }
    return Run(options);
  } catch (const collector::OptionError& error) {
    std::cerr << "webtrack-collector: " << error.what() << '\n';
    return kUsageError;
  } catch (const std::exception& error) {
    std::cerr << "webtrack-collector: " << error.what() << '\n';
    return kFailure;
  }
}
