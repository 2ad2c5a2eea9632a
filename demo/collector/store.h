// The SQLite database: what each request brought, and what it came to.
#ifndef COLLECTOR_STORE_H_
#define COLLECTOR_STORE_H_

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "database.h"
#include "log_group.h"
#include "stored_log.h"

namespace collector {

// A row of `batches`: the columns of the README's table, in their order and units.
struct BatchRow {
  int64_t received_ms = 0;
  std::string request_id;
  std::string logstore;
  std::optional<std::string> batch_id;
  std::string method;
  std::string compression;
  int64_t raw_bytes = 0;
  int64_t wire_bytes = 0;
  int64_t logs = 0;
  bool repeated = false;
  int status = 0;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;
};

// Which rows to read. Rows above `after` come oldest first; without it the newest come first.
struct RowRange {
  std::optional<int64_t> after;
  std::optional<int64_t> before;
  int64_t limit = 100;
};

struct LogFilter {
  RowRange range;
  std::optional<int64_t> batch;
  std::optional<std::string> logstore;
  std::optional<std::string> topic;
  std::optional<std::string> event;
  std::vector<std::pair<std::string, std::string>> fields;  // all have to match
};

struct BatchFilter {
  enum class Outcome { kAny, kOk, kError };
  RowRange range;
  std::optional<std::string> logstore;
  Outcome outcome = Outcome::kAny;
  std::optional<int64_t> status;
  std::optional<std::string> compression;
  std::optional<std::string> batch_id;
};

struct StoredRow {
  int64_t id = 0;
  std::string json;  // one object, without line breaks
};

// Safe to use from many threads: writers wait for each other, readers wait for each other, neither
// waits for the other kind. All members throw DatabaseError.
class Store {
 public:
  // Creates the file and its tables when missing; refuses a file that holds something else.
  explicit Store(const std::string& path);
  // Moves the write-ahead log into the file.
  ~Store();

  // Stores an accepted request: its row with status 200, and each of `logs` as `writer` gives it,
  // in one transaction. When the logstore took a batch with the same batch_id before, the row alone
  // is stored and marked. Sets row->logs and row->repeated.
  void WriteAccepted(BatchRow* row, const StoredLogWriter& writer, const std::vector<Fields>& logs);

  // Stores the row of a refused request.
  void WriteRefused(const BatchRow& row);

  // The rows that match, as the reading interface shows them. An answer that grows very large ends
  // early, with at least one row; its last row's id leads on.
  std::vector<StoredRow> ReadLogs(const LogFilter& filter);
  std::vector<StoredRow> ReadBatches(const BatchFilter& filter);

  // The object of /api/summary.
  std::string ReadSummary();

  // 0 while there is none.
  int64_t LastBatch();

 private:
  void InsertBatch(const BatchRow& row);

  std::mutex write_mutex_;
  Database writer_;
  std::mutex read_mutex_;
  std::optional<Database> reader_;  // opened once the tables are there
};

}  // namespace collector

#endif  // COLLECTOR_STORE_H_
