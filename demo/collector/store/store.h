// Stores each request, its result and its logs in a SQLite database.
#ifndef COLLECTOR_STORE_STORE_H_
#define COLLECTOR_STORE_STORE_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/database.h"
#include "store/log_group.h"
#include "store/stored_log.h"

namespace collector {

// A row of the table `batches`. README.md describes the columns and their units.
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

// Selects rows by id: above `after`, below `before`, at most `limit`. With `after` the oldest rows
// come first, otherwise the newest.
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
  std::vector<std::pair<std::string, std::string>> fields;  // all must match
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

// Thread-safe. One thread writes and one thread reads at a time; writers and readers do not wait
// for each other. All members throw DatabaseError; those that read throw QueryTooLong after ten
// seconds.
class Store {
 public:
  // Opens the file; creates it and its tables if missing. Refuses any other kind of file.
  explicit Store(const std::string& path);
  // Moves the write-ahead log into the database file.
  ~Store();

  // Stores an accepted request in one transaction: its row, and `logs` as StoredLogWriter writes
  // them. If the logstore has already accepted a batch with the same batch_id, stores
  // only the row and marks it as repeated. Sets row->logs and row->repeated.
  void WriteAccepted(BatchRow* row, const std::vector<std::string>& logs);

  // Stores the row of a refused request.
  void WriteRefused(const BatchRow& row);

  // Return the matching rows as JSON for the query API. A very large result ends early, after at
  // least one row; continue from the id of its last row.
  std::vector<StoredRow> ReadLogs(const LogFilter& filter);
  std::vector<StoredRow> ReadBatches(const BatchFilter& filter);

  // Returns the JSON of /api/summary.
  std::string ReadSummary();

  // Returns the id of the newest batch, also if it was deleted since; 0 when there was none.
  int64_t LastBatch() const { return last_batch_; }

  // Deletes some of the oldest logs if their batch arrived before `before_ms`, or if the file has
  // more than `max_bytes` of data (0: no limit), and gives their space back. Returns whether there
  // may be more to delete. One step takes some milliseconds, so that writers need not wait long.
  bool DeleteOldest(int64_t before_ms, int64_t max_bytes);

  // Throws when the database cannot be read, is not the file at its path any more, or has refused
  // the last accepted request, such as on a full disk.
  void Check();

 private:
  void InsertAccepted(BatchRow* row, const std::vector<std::string>& logs);
  // Waits for its turn to read. What is read then fails if it takes too long.
  std::unique_lock<std::timed_mutex> TakeReader();
  // Waits for its turn to write. Throws when writers, or another program, hold the database too
  // long.
  std::unique_lock<std::timed_mutex> TakeWriter();
  void InsertBatch(const BatchRow& row);
  void SetWriteError(const std::string& error);
  // Throws when the file was deleted or replaced: what is written now would be lost.
  void CheckFile() const;

  const std::string path_;
  // The file as it was opened.
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  std::timed_mutex write_mutex_;
  Database writer_;
  std::atomic<int64_t> last_batch_{0};
  std::mutex error_mutex_;
  // Why the last accepted request could not be stored; empty if it was.
  std::string write_error_;
  std::timed_mutex read_mutex_;
  std::optional<Database> reader_;  // opened after the tables were created
};

}  // namespace collector

#endif  // COLLECTOR_STORE_STORE_H_
