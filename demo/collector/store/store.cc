#include "store/store.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <variant>

namespace collector {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE batches (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  received_ms   INTEGER NOT NULL,
  request_id    TEXT NOT NULL,
  logstore      TEXT NOT NULL,
  batch_id      TEXT,
  method        TEXT NOT NULL,
  compression   TEXT NOT NULL,
  raw_bytes     INTEGER NOT NULL,
  wire_bytes    INTEGER NOT NULL,
  logs          INTEGER NOT NULL,
  repeated      INTEGER NOT NULL DEFAULT 0,
  status        INTEGER NOT NULL,
  error_code    TEXT,
  error_message TEXT
);
CREATE UNIQUE INDEX batches_batch_id ON batches(logstore, batch_id)
  WHERE batch_id IS NOT NULL AND status = 200 AND repeated = 0;
CREATE TABLE logs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  batch      INTEGER NOT NULL REFERENCES batches(id),
  log        TEXT NOT NULL,
  __time__   INTEGER AS (CAST(json_extract(log, '$.__time__') AS INTEGER)) VIRTUAL,
  __topic__  TEXT AS (json_extract(log, '$.__topic__')) VIRTUAL,
  __source__ TEXT AS (json_extract(log, '$.__source__')) VIRTUAL,
  event      TEXT AS (json_extract(log, '$.event')) VIRTUAL
);
CREATE INDEX logs_batch ON logs(batch);
CREATE INDEX logs_time ON logs(__time__);
CREATE INDEX logs_event ON logs(event);
PRAGMA user_version = 1;
)sql";
constexpr int64_t kSchemaVersion = 1;

// How much DeleteOldest() deletes and gives back in one step.
constexpr int64_t kLogsAtOnce = 500;
constexpr char kVacuum[] = "PRAGMA incremental_vacuum(256)";

// A query ends when its JSON reaches this size, which limits its memory.
constexpr size_t kMaxAnswerBytes = 32 * 1024 * 1024;

// Only one query reads at a time, so none may take longer.
constexpr std::chrono::seconds kLongestQuery(10);
// How long a writer waits for those before it: as long as SQLite waits for another program.
constexpr std::chrono::seconds kLongestWait(5);
constexpr std::chrono::seconds kCheckWait(1);

// The summary has the beginnings of the most frequent event names.
constexpr char kSelectEvents[] =
    "SELECT substr(event, 1, 256), count(*) AS logs FROM logs WHERE event IS NOT NULL"
    " GROUP BY event ORDER BY logs DESC, event LIMIT 50";

constexpr const char* kBatchColumns[] = {"id",         "received_ms",  "request_id",  "logstore",
                                         "batch_id",   "method",       "compression", "raw_bytes",
                                         "wire_bytes", "logs",         "repeated",    "status",
                                         "error_code", "error_message"};

// Builds a WHERE clause together with the values of its parameters.
class Where {
 public:
  Where& And(std::string_view condition) {
    text_.append(text_.empty() ? " WHERE " : " AND ").append(condition);
    return *this;
  }
  template <typename Value>
  Where& And(std::string_view condition, const std::optional<Value>& value) {
    if (value) {
      And(condition);
      values_.emplace_back(*value);
    }
    return *this;
  }
  Where& AndField(const std::string& key, const std::string& value) {
    // Search the text, because SQLite's JSON functions end a string at its first NUL.
    And("instr(',' || substr(log, 2), ?) > 0");
    values_.emplace_back(',' + StoredField(key, value));
    return *this;
  }

  Statement Prepare(Database* database, const std::string& select, const RowRange& range) {
    And("id > ?", range.after);
    And("id < ?", range.before);
    values_.emplace_back(range.limit);
    Statement statement = database->Prepare(select + text_ + " ORDER BY id " +
                                            (range.after ? "ASC" : "DESC") + " LIMIT ?");
    for (const auto& value : values_) {
      std::visit([&statement](const auto& bound) { statement.Bind(bound); }, value);
    }
    return statement;
  }

 private:
  std::string text_;
  std::vector<std::variant<int64_t, std::string>> values_;
};

// Returns the value as a generated column shows it: SQLite ends it at the first NUL.
std::optional<std::string> UpToNul(std::optional<std::string> text) {
  if (text) text->resize(std::min(text->find('\0'), text->size()));
  return text;
}

nlohmann::ordered_json BatchJson(const Statement& row) {
  nlohmann::ordered_json json;
  for (int i = 0; i < static_cast<int>(std::size(kBatchColumns)); ++i) {
    auto& member = json[kBatchColumns[i]];
    if (row.IsNull(i)) {
      member = nullptr;
    } else if (row.IsText(i)) {
      member = std::string(row.Text(i));
    } else {
      member = row.Int(i);
    }
  }
  return json;
}

// Reads the rows of a statement, whose first column must be the row id. Stops at kMaxAnswerBytes.
template <typename ToJson>
std::vector<StoredRow> ReadRows(Statement statement, const ToJson& to_json) {
  std::vector<StoredRow> rows;
  size_t bytes = 0;
  while (bytes < kMaxAnswerBytes && statement.Step()) {
    rows.push_back({statement.Int(0), to_json(statement)});
    bytes += rows.back().json.size();
  }
  return rows;
}

int64_t ReadNumber(Database* database, std::string_view sql) {
  Statement statement = database->Prepare(sql);
  return statement.Step() ? statement.Int(0) : 0;
}

}  // namespace

Store::Store(const std::string& path) try : path_(path), writer_(path, Database::Access::kWrite) {
  // Takes effect in a new file only, before its first table. Then DeleteOldest() makes it smaller.
  writer_.Execute("PRAGMA auto_vacuum = INCREMENTAL");
  writer_.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  {
    Transaction transaction(&writer_);
    const int64_t version = ReadNumber(&writer_, "PRAGMA user_version");
    if (version == 0 && ReadNumber(&writer_, "SELECT count(*) FROM sqlite_master") == 0) {
      writer_.Execute(kSchema);
    } else if (version != kSchemaVersion) {
      throw DatabaseError("the file is not a collector database");
    }
    transaction.Commit();
  }
  try {
    last_batch_ = ReadNumber(&writer_, "SELECT max(id) FROM batches");
  } catch (const DatabaseError&) {
    // The file is damaged: each request says so, and what can be read is served.
  }
  reader_.emplace(path, Database::Access::kRead);
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0) throw DatabaseError("the file was deleted");
  device_ = file.st_dev;
  inode_ = file.st_ino;
} catch (const DatabaseError& error) {
  throw DatabaseError("cannot use " + path + " as database: " + error.what());
}

Store::~Store() {
  reader_.reset();
  try {
    writer_.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const DatabaseError&) {
    // Nothing is lost: SQLite reads the write-ahead log when the file is opened again.
  }
}

void Store::WriteAccepted(BatchRow* row, const std::vector<std::string>& logs) {
  try {
    const auto turn = TakeWriter();
    CheckFile();
    InsertAccepted(row, logs);
    SetWriteError("");
  } catch (const DatabaseError& error) {
    SetWriteError(error.what());
    throw;
  }
}

void Store::SetWriteError(const std::string& error) {
  const std::lock_guard<std::mutex> lock(error_mutex_);
  write_error_ = error;
}

void Store::InsertAccepted(BatchRow* row, const std::vector<std::string>& logs) {
  Transaction transaction(&writer_);
  row->repeated = false;
  if (row->batch_id) {
    Statement same = writer_.Prepare(
        "SELECT 1 FROM batches"
        " WHERE logstore = ? AND batch_id = ? AND status = 200 AND repeated = 0");
    row->repeated = same.Bind(row->logstore).Bind(*row->batch_id).Step();
  }
  row->logs = row->repeated ? 0 : static_cast<int64_t>(logs.size());
  InsertBatch(*row);
  const int64_t batch = writer_.LastRowId();
  if (!row->repeated) {
    Statement insert = writer_.Prepare("INSERT INTO logs (batch, log) VALUES (?, ?)");
    for (const std::string& log : logs) insert.Bind(batch).Bind(log).Run();
  }
  transaction.Commit();
  last_batch_ = batch;
}

void Store::WriteRefused(const BatchRow& row) {
  const auto turn = TakeWriter();
  InsertBatch(row);
  last_batch_ = writer_.LastRowId();
}

void Store::InsertBatch(const BatchRow& row) {
  Statement insert = writer_.Prepare(
      "INSERT INTO batches (received_ms, request_id, logstore, batch_id, method, compression,"
      " raw_bytes, wire_bytes, logs, repeated, status, error_code, error_message)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.Bind(row.received_ms)
      .Bind(row.request_id)
      .Bind(row.logstore)
      .Bind(row.batch_id)
      .Bind(row.method)
      .Bind(row.compression)
      .Bind(row.raw_bytes)
      .Bind(row.wire_bytes)
      .Bind(row.logs)
      .Bind(int64_t{row.repeated})
      .Bind(int64_t{row.status})
      .Bind(row.error_code)
      .Bind(row.error_message)
      .Run();
}

std::unique_lock<std::timed_mutex> Store::TakeWriter() {
  std::unique_lock<std::timed_mutex> turn(write_mutex_, kLongestWait);
  if (!turn) throw DatabaseError("database is locked");
  return turn;
}

std::unique_lock<std::timed_mutex> Store::TakeReader() {
  std::unique_lock<std::timed_mutex> turn(read_mutex_);
  reader_->SetDeadline(std::chrono::steady_clock::now() + kLongestQuery);
  return turn;
}

std::vector<StoredRow> Store::ReadLogs(const LogFilter& filter) {
  Where where;
  where.And("batch = ?", filter.batch)
      .And("batch IN (SELECT id FROM batches WHERE logstore = ?)", filter.logstore)
      .And("event = ?", UpToNul(filter.event));
  if (filter.event) where.AndField("event", *filter.event);
  if (filter.topic) where.AndField("__topic__", *filter.topic);
  for (const auto& [key, value] : filter.fields) where.AndField(key, value);

  const auto turn = TakeReader();
  return ReadRows(where.Prepare(&*reader_, "SELECT id, batch, log FROM logs", filter.range),
                  [](const Statement& row) {
                    // A stored log is never an empty object, so a comma can follow these members.
                    std::string json = "{\"__id__\":" + std::to_string(row.Int(0)) +
                                       ",\"__batch__\":" + std::to_string(row.Int(1)) + ',';
                    return json.append(row.Text(2).substr(1));
                  });
}

std::vector<StoredRow> Store::ReadBatches(const BatchFilter& filter) {
  Where where;
  where.And("logstore = ?", filter.logstore)
      .And("status = ?", filter.status)
      .And("compression = ?", filter.compression)
      .And("batch_id = ?", filter.batch_id);
  if (filter.outcome == BatchFilter::Outcome::kOk) where.And("status < 400");
  if (filter.outcome == BatchFilter::Outcome::kError) where.And("status >= 400");

  std::string select = "SELECT ";
  for (const char* column : kBatchColumns) {
    if (column != kBatchColumns[0]) select += ", ";
    select += column;
  }
  const auto turn = TakeReader();
  return ReadRows(
      where.Prepare(&*reader_, select + " FROM batches", filter.range), [](const Statement& row) {
        return BatchJson(row).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      });
}

std::string Store::ReadSummary() {
  const auto turn = TakeReader();
  Statement totals = reader_->Prepare(
      "SELECT (SELECT count(*) FROM logs), count(*), total(repeated), total(status >= 400),"
      " total(iif(status < 400, raw_bytes, 0)), total(iif(status < 400, wire_bytes, 0))"
      " FROM batches");
  totals.Step();
  nlohmann::ordered_json json;
  int column = 0;
  for (const char* name : {"logs", "batches", "repeated", "errors", "raw_bytes", "wire_bytes"}) {
    json[name] = totals.Int(column++);
  }
  json["events"] = nlohmann::ordered_json::array();
  Statement events = reader_->Prepare(kSelectEvents);
  while (events.Step()) {
    json["events"].push_back({{"event", std::string(events.Text(0))}, {"count", events.Int(1)}});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool Store::DeleteOldest(int64_t before_ms, int64_t max_bytes) {
  const auto turn = TakeWriter();
  const int64_t pages = ReadNumber(&writer_, "PRAGMA page_count");
  const int64_t free_pages = ReadNumber(&writer_, "PRAGMA freelist_count");
  const int64_t bytes = (pages - free_pages) * ReadNumber(&writer_, "PRAGMA page_size");
  Statement oldest = writer_.Prepare("SELECT id, received_ms FROM batches ORDER BY id LIMIT 1");
  const bool has_batch = oldest.Step();
  const bool is_due =
      has_batch && (oldest.Int(1) < before_ms || (max_bytes > 0 && bytes > max_bytes));
  if (is_due) {
    const int64_t batch = oldest.Int(0);
    Transaction transaction(&writer_);
    writer_.Prepare("DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE batch = ? LIMIT ?)")
        .Bind(batch)
        .Bind(kLogsAtOnce)
        .Run();
    writer_
        .Prepare(
            "DELETE FROM batches WHERE id = ? AND NOT EXISTS (SELECT 1 FROM logs WHERE batch = "
            "batches.id)")
        .Bind(batch)
        .Run();
    transaction.Commit();
  } else if (free_pages > 0) {
    writer_.Execute(kVacuum);
  }
  return is_due;
}

void Store::Check() {
  CheckFile();
  // A query that is running shows that the database can be read.
  const std::unique_lock<std::timed_mutex> turn(read_mutex_, kCheckWait);
  if (turn) {
    reader_->SetDeadline(std::chrono::steady_clock::now() + kLongestQuery);
    ReadNumber(&*reader_, "SELECT max(id) FROM batches");
  }
  const std::lock_guard<std::mutex> lock(error_mutex_);
  if (!write_error_.empty()) {
    throw DatabaseError("the last request could not be stored: " + write_error_);
  }
}

void Store::CheckFile() const {
  struct stat file = {};
  if (stat(path_.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_) {
    throw DatabaseError("the database file " + path_ + " was deleted or replaced");
  }
}

}  // namespace collector
