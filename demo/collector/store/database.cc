#include "store/database.h"

#include <sqlite3.h>

namespace collector {
namespace {

constexpr int kBusyMilliseconds = 5000;
// Instructions of SQLite's virtual machine.
constexpr int kStepsBetweenChecks = 1'000;

[[noreturn]] void Throw(sqlite3* handle) { throw DatabaseError(sqlite3_errmsg(handle)); }

}  // namespace

Database::Database(const std::string& path, Access access) {
  const int flags =
      access == Access::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (result != SQLITE_OK) throw DatabaseError(sqlite3_errstr(result));
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

void Database::Execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    Throw(handle_.get());
  }
}

void Database::SetDeadline(std::chrono::steady_clock::time_point deadline) {
  if (!deadline_) {
    deadline_ = std::make_unique<std::chrono::steady_clock::time_point>();
    sqlite3_progress_handler(handle_.get(), kStepsBetweenChecks, IsOverdue, deadline_.get());
  }
  *deadline_ = deadline;
}

int Database::IsOverdue(void* deadline) {
  const auto& until = *static_cast<std::chrono::steady_clock::time_point*>(deadline);
  return std::chrono::steady_clock::now() > until ? 1 : 0;
}

Statement Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    Throw(handle_.get());
  }
  return Statement(handle_.get(), statement);
}

int64_t Database::LastRowId() const { return sqlite3_last_insert_rowid(handle_.get()); }

bool Database::InTransaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

void Statement::Check(int result) const {
  if (result != SQLITE_OK) Throw(database_);
}

Statement& Statement::Bind(int64_t value) {
  Check(sqlite3_bind_int64(handle_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::Bind(const std::string& value) {
  Check(sqlite3_bind_text64(handle_.get(), ++bound_, value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::Bind(const std::optional<std::string>& value) {
  if (value) return Bind(*value);
  Check(sqlite3_bind_null(handle_.get(), ++bound_));
  return *this;
}

bool Statement::Step() {
  const int result = sqlite3_step(handle_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_INTERRUPT) throw QueryTooLong("the query takes too long");
  if (result != SQLITE_DONE) Throw(database_);
  return false;
}

void Statement::Run() {
  Step();
  Check(sqlite3_reset(handle_.get()));
  bound_ = 0;
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(handle_.get(), column); }

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

bool Statement::IsText(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_TEXT;
}

Transaction::Transaction(Database* database) : database_(database) {
  database_->Execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // After some errors, such as a full disk, SQLite has already rolled back.
  if (!database_->InTransaction()) return;
  try {
    database_->Execute("ROLLBACK");
  } catch (const DatabaseError&) {
  }
}

void Transaction::Commit() { database_->Execute("COMMIT"); }

}  // namespace collector
