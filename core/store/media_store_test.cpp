#include "store/media_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/crypto.hpp"

namespace jackfield::store {
namespace {

namespace fs = std::filesystem;

class MediaStoreTest : public testing::Test {
 protected:
  MediaStoreTest() {
    std::string pattern = (fs::temp_directory_path() / "jackfield-media-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    media = MediaStore::open(folder + "/media").value();
  }
  ~MediaStoreTest() override { fs::remove_all(folder); }

  std::size_t files() {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) count += entry.is_regular_file();
    return count;
  }

  std::string folder;
  std::unique_ptr<MediaStore> media;
};

TEST_F(MediaStoreTest, BytesAreKeptUnderTheirHash) {
  const std::string id = media->put("a photo").value();
  EXPECT_EQ(id, sha256_hex("a photo"));
  EXPECT_EQ(media->path(id), folder + "/media/" + id.substr(0, 2) + "/" + id);
  EXPECT_TRUE(media->has(id));
  EXPECT_EQ(media->size(id).value(), 7);
  EXPECT_EQ(media->read(id, 0, 100).value(), "a photo");
}

TEST_F(MediaStoreTest, SameBytesAreKeptOnce) {
  EXPECT_EQ(media->put("same").value(), media->put("same").value());
  EXPECT_EQ(files(), 1u);
}

TEST_F(MediaStoreTest, WhatIsHeldForARowIsNotRemoved) {
  const std::string id = media->put("in flight").value();
  EXPECT_FALSE(media->remove(id));
  media->put("in flight").value();  // by another delivery
  media->settled({id});
  EXPECT_FALSE(media->remove(id));
  media->settled({id});
  EXPECT_TRUE(media->has(id));
  EXPECT_TRUE(media->remove(id));
  EXPECT_FALSE(media->has(id));
}

TEST_F(MediaStoreTest, FilesAreListedByTheirAge) {
  const std::string id = media->put("x").value();
  const auto subfolder = static_cast<std::uint8_t>(std::stoi(id.substr(0, 2), nullptr, 16));
  const Time now = SystemClock().now();
  EXPECT_TRUE(media->older_than(now - std::chrono::hours{1}, subfolder).empty());
  EXPECT_EQ(media->older_than(now + std::chrono::hours{1}, subfolder), std::vector{id});
  EXPECT_TRUE(media->older_than(now + std::chrono::hours{1}, static_cast<std::uint8_t>(subfolder + 1)).empty());
}

TEST_F(MediaStoreTest, RangesAreCutAtTheEnd) {
  const std::string id = media->put("0123456789").value();
  EXPECT_EQ(media->read(id, 3, 4).value(), "3456");
  EXPECT_EQ(media->read(id, 8, 100).value(), "89");
  EXPECT_EQ(media->read(id, 50, 4).value(), "");
}

TEST_F(MediaStoreTest, SyncWorksTwiceAndFailsForWhatIsNotThere) {
  const std::string id = media->put("x").value();
  EXPECT_TRUE(media->sync({id}));
  EXPECT_TRUE(media->sync({id}));
  EXPECT_EQ(media->sync({sha256_hex("never put")}).error().code, Errc::not_found);
}

TEST_F(MediaStoreTest, IdsThatAreNoHashNeverBecomeAPath) {
  for (const std::string id : {"../../etc/passwd", "", "ABCD", "..", "/etc/passwd"}) {
    EXPECT_FALSE(media->has(id));
    EXPECT_EQ(media->path(id), "");
    EXPECT_EQ(media->read(id, 0, 10).error().code, Errc::invalid);
    EXPECT_EQ(media->size(id).error().code, Errc::invalid);
    EXPECT_EQ(media->sync({id}).error().code, Errc::invalid);
    media->remove(id);
  }
  EXPECT_FALSE(media->has("../" + std::string(61, 'a')));
}

TEST_F(MediaStoreTest, WhatWasRemovedIsGone) {
  const std::string id = media->put("gone").value();
  ASSERT_TRUE(media->sync({id}));
  media->settled({id});
  EXPECT_TRUE(media->remove(id));
  EXPECT_FALSE(media->has(id));
  EXPECT_EQ(media->read(id, 0, 10).error().code, Errc::not_found);
  EXPECT_FALSE(media->sync({id}));
}

TEST_F(MediaStoreTest, HalfWrittenFilesOfACrashAreRemovedAtOpen) {
  std::ofstream(folder + "/media/tmp-7") << "half";
  media = MediaStore::open(folder + "/media").value();
  EXPECT_EQ(files(), 0u);
}

TEST_F(MediaStoreTest, FolderThatCannotBeMadeIsAClearError) {
  std::ofstream(folder + "/file") << "x";
  const auto opened = MediaStore::open(folder + "/file/media");
  EXPECT_EQ(opened.error().code, Errc::invalid);
  EXPECT_NE(opened.error().message.find("store.media"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::store
