// RAII wrappers for SQLite. Errors become exceptions.
#ifndef COLLECTOR_STORE_DATABASE_H_
#define COLLECTOR_STORE_DATABASE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace collector {

// what() is one line with the error message of SQLite.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A statement ran until the deadline of its database.
class QueryTooLong : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

class Statement;

// One database connection. Only one thread may use it at a time. All members throw DatabaseError.
class Database {
 public:
  enum class Access { kRead, kWrite };
  Database(const std::string& path, Access access);

  // Runs SQL statements without parameters; ignores their rows.
  void Execute(const char* sql);
  Statement Prepare(std::string_view sql);

  // Statements that run then throw QueryTooLong.
  void SetDeadline(std::chrono::steady_clock::time_point deadline);

  int64_t LastRowId() const;
  bool InTransaction() const;

 private:
  static int IsOverdue(void* deadline);

  struct Close {
    void operator()(sqlite3* handle) const;
  };
  // Outlives the handle, which refers to it.
  std::unique_ptr<std::chrono::steady_clock::time_point> deadline_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement. The Database must outlive it. Bind() fills the parameters in order. Columns
// are counted from 0.
class Statement {
 public:
  Statement& Bind(int64_t value);
  Statement& Bind(const std::string& value);
  Statement& Bind(const std::optional<std::string>& value);

  // Moves to the next row. Returns false after the last row.
  bool Step();
  // Runs a statement that returns no rows. You can then bind new values and run it again.
  void Run();

  int64_t Int(int column) const;
  // Returns text that is valid until the next Step(). It may contain NUL; SQL NULL becomes empty.
  std::string_view Text(int column) const;
  bool IsNull(int column) const;
  bool IsText(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  Statement(sqlite3* database, sqlite3_stmt* handle) : database_(database), handle_(handle) {}
  void Check(int result) const;

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int bound_ = 0;
};

// A transaction. The destructor rolls it back unless Commit() was called.
class Transaction {
 public:
  explicit Transaction(Database* database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void Commit();

 private:
  Database* database_;
};

}  // namespace collector

#endif  // COLLECTOR_STORE_DATABASE_H_
