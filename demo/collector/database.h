// SQLite's handles with owners, and its errors as exceptions.
#ifndef COLLECTOR_DATABASE_H_
#define COLLECTOR_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace collector {

// what() is one line with SQLite's reason.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Statement;

// One connection; one thread at a time. All members throw DatabaseError.
class Database {
 public:
  enum class Access { kRead, kWrite };
  Database(const std::string& path, Access access);

  // Runs statements that take no values and give no rows.
  void Execute(const char* sql);
  Statement Prepare(std::string_view sql);

  int64_t LastRowId() const;
  bool InTransaction() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// A statement of a Database that outlives it. Values are bound in order, columns count from 0.
class Statement {
 public:
  Statement& Bind(int64_t value);
  Statement& Bind(const std::string& value);
  Statement& Bind(const std::optional<std::string>& value);

  // Moves to the next row; false after the last.
  bool Step();
  // For a statement without rows; ready for new values afterwards.
  void Run();

  int64_t Int(int column) const;
  // Valid until the next Step(). Text may hold NUL; NULL is empty.
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

// Rolls back unless committed.
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

#endif  // COLLECTOR_DATABASE_H_
