#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "store/failing_disk.hpp"
#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

using StoreTest = StoreFixture;

Error error_opening(const StoreOptions& options) {
  const auto opened = open_store(options);
  return opened ? fail(Errc::internal, "it opened") : opened.error();
}

void execute(const std::string& file, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

// --- opening

TEST_F(StoreTest, MissingFolderIsNamed) {
  options.url = "sqlite:" + folder + "/not/there.db";
  const Error error = error_opening(options);
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_THAT(error.message, HasSubstr("there is no folder " + folder + "/not"));
}

TEST_F(StoreTest, UrlOfAnotherKindIsRefused) {
  options.url = "postgresql://localhost/x";
  EXPECT_THAT(error_opening(options).message, HasSubstr("sqlite:FILE"));
  options.url = "sqlite:";
  EXPECT_EQ(error_opening(options).code, Errc::invalid);
}

TEST_F(StoreTest, FolderThatCannotBeWrittenIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  chmod(folder.c_str(), 0500);
  const Error error = error_opening(options);
  chmod(folder.c_str(), 0700);
  EXPECT_EQ(error.code, Errc::denied);
  EXPECT_THAT(error.message, HasSubstr("cannot be written"));
}

TEST_F(StoreTest, FileInUseByAnotherJackfieldIsRefusedUntilThatOneEnds) {
  open();
  const Error error = error_opening(options);
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr("another jackfield"));
  close();
  open();
}

TEST_F(StoreTest, FileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream(folder + "/store.db") << text;
  const Error error = error_opening(options);
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_THAT(error.message, HasSubstr("restore a backup"));
  EXPECT_EQ(fs::file_size(folder + "/store.db"), text.size());
}

TEST_F(StoreTest, DatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
  execute(folder + "/store.db", "CREATE TABLE songs (title)");
  const auto before = fs::last_write_time(folder + "/store.db");
  EXPECT_THAT(error_opening(options).message, HasSubstr("another program"));
  EXPECT_EQ(fs::last_write_time(folder + "/store.db"), before);
}

TEST_F(StoreTest, FileOfANewerVersionIsRefused) {
  open();
  close();
  execute(folder + "/store.db", "PRAGMA user_version = 999");
  const Error error = error_opening(options);
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_THAT(error.message, HasSubstr("newer version"));
}

TEST_F(StoreTest, DamagedFileFailsItsCommandsAndSaysSo) {
  open();
  ASSERT_TRUE(run([&](Unit& unit) {
    for (int i = 0; i < 200; ++i) receive(unit, "whatsapp:" + std::to_string(i), "m" + std::to_string(i));
  }));
  close();
  {
    std::fstream file(folder + "/store.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 3);  // past the schema
    const std::string noise(4096 * 8, '\x5a');
    file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
  }
  open();
  const auto outcome = run([&](Unit& unit) {
    for (int i = 0; i < 200; ++i) receive(unit, "whatsapp:" + std::to_string(i), "n" + std::to_string(i));
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::corrupt);
}

TEST_F(StoreTest, TablesAreStrictAndTheLogIsWriteAhead) {
  open();
  close();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/store.db").c_str(), &db), SQLITE_OK);
  const auto number = [&](const char* sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
  };
  EXPECT_EQ(
      number(
          "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND strict = 0"),
      0);
  EXPECT_EQ(number("SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
  sqlite3_close(db);
}

// --- the write-ahead log

TEST_F(StoreTest, WriteAheadLogStaysUnderItsCapUnderConstantLoad) {
  options.wal_cap_bytes = 1024 * 1024;
  open();
  // A reader that is always there, as the event stream is.
  std::atomic<bool> stop{false};
  std::thread reading([&, other = store->open_reader().value()] {
    while (!stop) EXPECT_TRUE(other->messages({}, {.limit = 5}));
  });
  std::uintmax_t largest = 0;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(run([&](Unit& unit) {
      for (int j = 0; j < 20; ++j) receive(unit, "whatsapp:" + std::to_string(j), std::to_string(i * 100 + j));
    }));
    largest = std::max(largest, fs::file_size(folder + "/store.db-wal"));
  }
  stop = true;
  reading.join();
  EXPECT_GT(largest, options.wal_cap_bytes / 8);
  EXPECT_LT(largest, options.wal_cap_bytes * 2);  // the cap, one group, and what came while the reader held it
}

// --- a disk that fails

class DiskFailure : public StoreFixture {
 protected:
  DiskFailure() { options.vfs = FailingDisk::name(); }
  ~DiskFailure() override {
    FailingDisk::fail_step(0);
    FailingDisk::fail_always(false);
    FailingDisk::fill(false);
  }
  bool stored(const std::string& provider_id) {
    bool found = false;
    EXPECT_TRUE(
        run([&](Unit& unit) { found = bool(unit.message_by_key(provider_key("wa", KeyKind::id, provider_id))); }));
    return found;
  }
};

// Three groups, the n-th write or sync fails: each group is there as a whole if it was acknowledged, and not at all
// (or, when only its acknowledgement was lost, as a whole) if it was not. The store works on, and so does the file
// after a restart.
void check_failure_at(int n, StoreFixture&, const std::function<Result<void>(const std::string&)>& group,
                      std::vector<std::string>& acknowledged, std::vector<std::string>& refused) {
  FailingDisk::fail_step(n);
  for (const std::string name : {"a", "b", "c"}) {
    const std::string id = name + std::to_string(n);
    const auto outcome = group(id);
    (outcome ? acknowledged : refused).push_back(id);
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, Errc::unavailable) << outcome.error().message;
    }
  }
  FailingDisk::fail_step(0);
}

TEST_F(DiskFailure, WhicheverStepFailsNothingIsHalfWrittenAndTheStoreGoesOn) {
  open();
  const auto group = [&](const std::string& id) {
    return run([&](Unit& unit) {
      receive(unit, "whatsapp:" + id, id + "-1");
      receive(unit, "whatsapp:" + id, id + "-2");
    });
  };
  int refusals = 0;
  for (int n = 1; n <= 80; ++n) {
    std::vector<std::string> acknowledged, refused;
    check_failure_at(n, *this, group, acknowledged, refused);
    refusals += static_cast<int>(refused.size());
    EXPECT_LE(refused.size(), 1u) << n;  // the next group goes through again
    if (n % 10 == 0) reopen();
    for (const std::string& id : acknowledged) EXPECT_TRUE(stored(id + "-1") && stored(id + "-2")) << n << id;
    for (const std::string& id : refused) {
      EXPECT_EQ(stored(id + "-1"), stored(id + "-2")) << n << id;
      EXPECT_TRUE(group(id)) << n << id;  // the provider sends it again
      EXPECT_TRUE(stored(id + "-1") && stored(id + "-2"));
    }
  }
  EXPECT_GT(refusals, 20);
  EXPECT_EQ(reader->messages({}, {.limit = 500}).value().items.size(), 480u);  // each once
  // Cursors have no holes and no doubles.
  const auto events = reader->events(0, {}, 1000).value();
  ASSERT_EQ(events.size(), 480u);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].event.cursor, static_cast<std::int64_t>(i) + 1);
}

TEST_F(DiskFailure, WhicheverStepOfTheFirstStartFailsTheNextStartWorks) {
  for (int n = 1; n <= 45; ++n) {
    FailingDisk::fail_step(n);
    {
      const auto opened = open_store(options);
      if (!opened) {
        EXPECT_FALSE(opened.error().message.empty());
      }
    }
    FailingDisk::fail_step(0);
    open();
    EXPECT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "m"); })) << n;
    EXPECT_EQ(count_messages(), 1u);
    close();
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(folder + "/store.db" + end);
  }
}

TEST_F(DiskFailure, FullDiskRefusesEverythingAtOnceAndIsOverWhenThereIsSpace) {
  open();
  ASSERT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "before"); }));
  FailingDisk::fill(true);
  const auto outcome = run([&](Unit& unit) { receive(unit, "whatsapp:1", "while full"); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::unavailable);
  EXPECT_THAT(outcome.error().message, HasSubstr("full"));
  EXPECT_FALSE(committer->writable());
  EXPECT_THAT(committer->stats().last_error, HasSubstr("full"));
  EXPECT_EQ(count_messages(), 1u);  // readers go on
  FailingDisk::fill(false);
  EXPECT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "after"); }));
  EXPECT_TRUE(committer->writable());
  EXPECT_EQ(count_messages(), 2u);
}

TEST_F(DiskFailure, LogThatCannotBeMovedIsBoundedAndRefusesUntilTheDiskIsBack) {
  options.wal_cap_bytes = 448 * 1024;
  open();
  int stored = 0;
  const auto group = [&] {
    return run([&](Unit& unit) {
      for (int j = 0; j < 50; ++j)
        receive(unit, "whatsapp:" + std::to_string(j), std::to_string(stored) + "-" + std::to_string(j));
    });
  };
  for (; stored < 5; ++stored) ASSERT_TRUE(group());
  FailingDisk::fail_always(true);
  EXPECT_EQ(group().error().code, Errc::unavailable);
  EXPECT_EQ(group().error().code, Errc::unavailable);
  FailingDisk::fail_always(false);
  while (!group()) std::this_thread::yield();  // the checkpoint tries again by itself
  ++stored;
  EXPECT_TRUE(group());
}

TEST_F(DiskFailure, FileLockedFromOutsideIsUnavailableAndThenBack) {
  open();
  ASSERT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "a"); }));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/store.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto outcome = run([&](Unit& unit) { receive(unit, "whatsapp:1", "b"); });
  EXPECT_EQ(outcome.error().code, Errc::unavailable);
  EXPECT_THAT(outcome.error().message, HasSubstr("locked"));
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "b"); }));
}

}  // namespace
}  // namespace jackfield::store
