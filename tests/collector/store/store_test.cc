#include "store/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

namespace collector {
namespace {

using namespace std::string_literals;
using Json = nlohmann::json;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string name = testing::TempDir() + "store_test_XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "track.db";
    store_.emplace(path_.string());
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  BatchRow Accept(const std::vector<Fields>& logs, const std::optional<std::string>& batch_id = {},
                  const std::string& logstore = "web", const std::string& topic = "") {
    LogGroup group;
    group.topic = topic;
    BatchRow row;
    row.received_ms = 1'659'953'787'123;
    row.request_id = "ID";
    row.logstore = logstore;
    row.batch_id = batch_id;
    row.method = "POST";
    row.compression = "lz4";
    row.raw_bytes = 100;
    row.wire_bytes = 10;
    row.status = 200;
    const StoredLogWriter writer(group, row.received_ms / 1000, "");
    std::vector<std::string> texts;
    for (const Fields& log : logs) texts.push_back(writer.Write(log));
    store_->WriteAccepted(&row, texts);
    return row;
  }

  void Refuse() {
    BatchRow row;
    row.request_id = "ID";
    row.logstore = "web";
    row.method = "GET";
    row.compression = "none";
    row.raw_bytes = 1000;
    row.status = 400;
    row.error_code = "PostBodyInvalid";
    row.error_message = "why";
    store_->WriteRefused(row);
  }

  std::vector<Json> Logs(const LogFilter& filter = {}) {
    std::vector<Json> logs;
    for (const StoredRow& row : store_->ReadLogs(filter)) {
      logs.push_back(Json::parse(row.json));
      EXPECT_EQ(logs.back()["__id__"], row.id);
    }
    return logs;
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  std::optional<Store> store_;
};

TEST_F(StoreTest, KeepsLogsAndTheirBatch) {
  const BatchRow row = Accept({{{"a", "1"}}, {{"b", "2"}}});
  EXPECT_EQ(row.logs, 2);
  EXPECT_FALSE(row.repeated);
  const auto logs = Logs();
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[0]["b"], "2");
  EXPECT_EQ(logs[1]["a"], "1");
  EXPECT_EQ(logs[1]["__batch__"], 1);
  EXPECT_EQ(logs[1]["__time__"], "1659953787");

  const auto batches = store_->ReadBatches({});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].json,
            R"({"id":1,"received_ms":1659953787123,"request_id":"ID","logstore":"web",)"
            R"("batch_id":null,"method":"POST","compression":"lz4","raw_bytes":100,)"
            R"("wire_bytes":10,"logs":2,"repeated":0,"status":200,"error_code":null,)"
            R"("error_message":null})");
}

TEST_F(StoreTest, StoresARepeatedBatchOnce) {
  EXPECT_FALSE(Accept({{{"a", "1"}}}, "b1").repeated);
  const BatchRow again = Accept({{{"a", "1"}}}, "b1");
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.logs, 0);
  EXPECT_TRUE(Accept({{{"a", "1"}}}, "b1").repeated);
  EXPECT_FALSE(Accept({{{"a", "1"}}}, "b1", "other").repeated);
  EXPECT_FALSE(Accept({{{"a", "1"}}}, "b2").repeated);
  EXPECT_FALSE(Accept({{{"a", "1"}}}).repeated);
  EXPECT_FALSE(Accept({{{"a", "1"}}}).repeated);
  EXPECT_EQ(Logs().size(), 5u);
  EXPECT_EQ(store_->ReadBatches({}).size(), 7u);
}

TEST_F(StoreTest, AnEmptyBatchIdIsAValidId) {
  EXPECT_FALSE(Accept({{{"a", "1"}}}, "").repeated);
  EXPECT_TRUE(Accept({{{"a", "1"}}}, "").repeated);
}

TEST_F(StoreTest, FindsBatchesByText) {
  const std::string id = "a\0b'\"\xF0\x9F\x98\x80"s;
  Accept({}, id);
  EXPECT_TRUE(Accept({}, id).repeated);
  EXPECT_FALSE(Accept({}, "a").repeated);
  BatchFilter filter;
  filter.batch_id = id;
  EXPECT_EQ(store_->ReadBatches(filter).size(), 2u);
  EXPECT_EQ(Json::parse(store_->ReadBatches(filter)[0].json)["batch_id"], id);
}

TEST_F(StoreTest, FindsLogsByAnyField) {
  const std::string odd = "\0'\"\\\n%_\xF0\x9F\x98\x80$.[0]"s;
  Accept({{{odd, odd}}, {{"a", "1"}, {"b", "2"}}, {{"a", "1"}}});
  LogFilter filter;
  filter.fields = {{odd, odd}};
  ASSERT_EQ(Logs(filter).size(), 1u);
  EXPECT_EQ(Logs(filter)[0][odd], odd);
  filter.fields = {{"a", "1"}};
  EXPECT_EQ(Logs(filter).size(), 2u);
  filter.fields = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(Logs(filter).size(), 1u);
  filter.fields = {{"a", "1"}, {"b", "1"}};
  EXPECT_EQ(Logs(filter).size(), 0u);
  filter.fields = {{"__time__", "1659953787"}};
  EXPECT_EQ(Logs(filter).size(), 3u);
  filter.fields = {{"a", "' OR 1=1 --"}};
  EXPECT_EQ(Logs(filter).size(), 0u);
}

TEST_F(StoreTest, FindsLogsByEventTopicAndLogstore) {
  Accept({{{"event", "click"}}, {{"event", "view"}}}, {}, "web", "t1");
  Accept({{{"event", "click"}}, {{"event", "a\0b"s}}}, {}, "other", "t2");
  LogFilter filter;
  filter.event = "click";
  EXPECT_EQ(Logs(filter).size(), 2u);
  filter.logstore = "other";
  EXPECT_EQ(Logs(filter).size(), 1u);
  filter = {};
  filter.topic = "t1";
  EXPECT_EQ(Logs(filter).size(), 2u);
  filter = {};
  filter.event = "a\0b"s;
  EXPECT_EQ(Logs(filter).size(), 1u);
  filter.event = "a";
  EXPECT_EQ(Logs(filter).size(), 0u);
  filter = {};
  filter.batch = 2;
  EXPECT_EQ(Logs(filter).size(), 2u);
}

TEST_F(StoreTest, PagesBothWays) {
  for (int i = 1; i <= 5; ++i) Accept({{{"n", std::to_string(i)}}});
  const auto numbers = [this](const LogFilter& filter) {
    std::string text;
    for (const Json& log : Logs(filter)) text += log["n"].get<std::string>();
    return text;
  };
  LogFilter filter;
  EXPECT_EQ(numbers(filter), "54321");
  filter.range.limit = 2;
  EXPECT_EQ(numbers(filter), "54");
  filter.range.before = 4;
  EXPECT_EQ(numbers(filter), "32");
  filter.range.before.reset();
  filter.range.after = 1;
  EXPECT_EQ(numbers(filter), "23");
  filter.range.before = 3;
  EXPECT_EQ(numbers(filter), "2");
  filter.range.after = 5;
  EXPECT_EQ(numbers(filter), "");
}

TEST_F(StoreTest, EndsAnAnswerThatGrowsVeryLarge) {
  const std::string large(9 * 1024 * 1024, 'x');
  for (int i = 0; i < 6; ++i) Accept({{{"a", large}}});
  LogFilter filter;
  filter.range.after = 0;
  EXPECT_EQ(store_->ReadLogs(filter).size(), 4u);
  filter.range.after = 4;
  EXPECT_EQ(store_->ReadLogs(filter).size(), 2u);
}

TEST_F(StoreTest, Summarises) {
  Accept({{{"event", "view"}}, {{"event", "click"}}, {{"event", "view"}}, {{"x", "y"}}}, "b");
  Accept({{{"event", "view"}}}, "b");
  Refuse();
  EXPECT_EQ(store_->ReadSummary(),
            R"({"logs":4,"batches":3,"repeated":1,"errors":1,"raw_bytes":200,"wire_bytes":20,)"
            R"("events":[{"event":"view","count":2},{"event":"click","count":1}]})");
}

TEST_F(StoreTest, SummarisesAnEmptyStore) {
  EXPECT_EQ(store_->ReadSummary(),
            R"({"logs":0,"batches":0,"repeated":0,"errors":0,"raw_bytes":0,"wire_bytes":0,)"
            R"("events":[]})");
  EXPECT_EQ(store_->LastBatch(), 0);
}

TEST_F(StoreTest, FiltersBatches) {
  Accept({}, "b");
  Refuse();
  BatchFilter filter;
  filter.outcome = BatchFilter::Outcome::kOk;
  EXPECT_EQ(store_->ReadBatches(filter).size(), 1u);
  filter.outcome = BatchFilter::Outcome::kError;
  ASSERT_EQ(store_->ReadBatches(filter).size(), 1u);
  EXPECT_EQ(Json::parse(store_->ReadBatches(filter)[0].json)["error_code"], "PostBodyInvalid");
  filter = {};
  filter.status = 400;
  EXPECT_EQ(store_->ReadBatches(filter).size(), 1u);
  filter = {};
  filter.compression = "none";
  EXPECT_EQ(store_->ReadBatches(filter).size(), 1u);
  EXPECT_EQ(store_->LastBatch(), 2);
}

TEST_F(StoreTest, HasGeneratedColumns) {
  Accept({{{"event", "view"}}, {{"event", "view"}}}, {}, "web", "t");
  Database database(path_.string(), Database::Access::kRead);
  Statement rows = database.Prepare(
      "SELECT event, count(*), max(__time__), __topic__, __source__ FROM logs GROUP BY event");
  ASSERT_TRUE(rows.Step());
  EXPECT_EQ(rows.Text(0), "view");
  EXPECT_EQ(rows.Int(1), 2);
  EXPECT_EQ(rows.Int(2), 1'659'953'787);
  EXPECT_EQ(rows.Text(3), "t");
  EXPECT_EQ(rows.Text(4), "");
  EXPECT_FALSE(rows.Step());
}

TEST_F(StoreTest, KeepsLogsAfterReopening) {
  Accept({{{"a", "1"}}}, "b1");
  store_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_.string() + "-wal"));
  store_.emplace(path_.string());
  EXPECT_TRUE(Accept({{{"a", "1"}}}, "b1").repeated);
  EXPECT_EQ(Logs().size(), 1u);
}

TEST_F(StoreTest, AFailedWriteStoresNothing) {
  Accept({{{"a", "1"}}});
  {
    Database other(path_.string(), Database::Access::kWrite);
    other.Execute(
        "CREATE TRIGGER no BEFORE INSERT ON logs WHEN json_extract(NEW.log, '$.bad') = 'yes'"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END");
  }
  EXPECT_THROW(Accept({{{"a", "2"}}, {{"bad", "yes"}}}, "b1"), DatabaseError);
  EXPECT_EQ(Logs().size(), 1u);
  EXPECT_EQ(store_->ReadBatches({}).size(), 1u);
  EXPECT_FALSE(Accept({{{"a", "2"}}}, "b1").repeated);
}

TEST_F(StoreTest, SupportsConcurrentWritersAndReaders) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 25; ++i) {
        Accept({{{"a", std::to_string(t)}}}, "batch " + std::to_string(i));
        store_->ReadLogs({});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Logs().size(), 25u);
  EXPECT_EQ(store_->ReadBatches({}).size(), 100u);
}

TEST_F(StoreTest, RefusesOtherFiles) {
  const auto text = folder_ / "text";
  std::ofstream(text) << "this is not a database, and long enough to be checked";
  EXPECT_THROW(Store(text.string()), DatabaseError);

  const auto other = folder_ / "other.db";
  Database(other.string(), Database::Access::kWrite).Execute("CREATE TABLE t (a)");
  EXPECT_THROW(Store(other.string()), DatabaseError);
  EXPECT_THROW(Store((folder_ / "missing" / "a.db").string()), DatabaseError);
}

TEST_F(StoreTest, DeletesTheOldestBatchesInSteps) {
  const BatchRow row = Accept(std::vector<Fields>(1200, Fields{{"n", "1"}}), "b1");
  Accept({{{"n", "2"}}}, "b2");
  EXPECT_FALSE(store_->DeleteOldest(row.received_ms, 0));  // not before itself
  EXPECT_EQ(Logs().size(), 100u);                          // the default limit of a query
  int steps = 0;
  while (store_->DeleteOldest(row.received_ms + 1, 0)) ++steps;
  EXPECT_EQ(steps, 4);  // 500, 500 and 200 logs, and the second batch
  EXPECT_EQ(Logs().size(), 0u);
  EXPECT_EQ(store_->ReadBatches({}).size(), 0u);
}

TEST_F(StoreTest, DeletesUntilTheDataFitsAndGivesSpaceBack) {
  const std::string text(1000, 'a');
  for (int n = 0; n < 40; ++n) {
    Accept(std::vector<Fields>(100, Fields{{"text", text}}), "b" + std::to_string(n));
  }
  constexpr int64_t kBytes = 1'000'000;
  while (store_->DeleteOldest(0, kBytes)) {
  }
  EXPECT_EQ(store_->ReadBatches({}).front().id, 40);  // the newest is still there
  for (int n = 0; n < 100; ++n) store_->DeleteOldest(0, kBytes);
  store_.reset();  // moves the write-ahead log into the file
  EXPECT_LT(std::filesystem::file_size(path_), 2'000'000u);
  store_.emplace(path_.string());
}

TEST_F(StoreTest, GivesNoIdTwiceAlthoughAllRowsWereDeleted) {
  Accept({{{"a", "1"}}});
  while (store_->DeleteOldest(std::numeric_limits<int64_t>::max(), 0)) {
  }
  EXPECT_TRUE(store_->ReadBatches({}).empty());
  EXPECT_EQ(store_->LastBatch(), 1);
  store_.reset();
  store_.emplace(path_.string());
  Accept({{{"a", "2"}}});
  EXPECT_EQ(store_->ReadBatches({}).front().id, 2);
  EXPECT_EQ(store_->ReadLogs({}).front().id, 2);
  EXPECT_EQ(store_->LastBatch(), 2);
}

TEST_F(StoreTest, TheSummaryCutsLongNames) {
  Accept({{{"event", std::string(1'000'000, 'a')}}});
  EXPECT_LT(store_->ReadSummary().size(), 1'000u);
}

TEST_F(StoreTest, AcknowledgesNothingAfterItsFileWasDeletedOrReplaced) {
  Accept({{{"a", "1"}}});
  EXPECT_NO_THROW(store_->Check());
  std::filesystem::rename(path_, path_.string() + ".moved");
  EXPECT_THROW(Accept({{{"a", "2"}}}), DatabaseError);
  EXPECT_THROW(store_->Check(), DatabaseError);
  std::ofstream(path_) << "another file";
  EXPECT_THROW(Accept({{{"a", "2"}}}), DatabaseError);
  std::filesystem::rename(path_.string() + ".moved", path_);
  EXPECT_NO_THROW(Accept({{{"a", "3"}}}));
}

}  // namespace
}  // namespace collector
