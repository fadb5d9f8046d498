#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/temporary_folder.hpp"
#include "host/fake_ports_test.hpp"
#include "host/host.hpp"

namespace jackfield::host {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& name) { return scan_plugin(test_plugin(name)).error; }

TEST(Scan, GoodConnectorShowsItsManifest) {
  const auto file = scan_plugin(test_plugin("probe"));
  EXPECT_EQ(file.error, "");
  EXPECT_EQ(file.manifest.id, "probe");
  EXPECT_EQ(file.abi_minor, 1u);
  ASSERT_EQ(file.manifest.webhooks.size(), 2u);
  EXPECT_EQ(file.manifest.webhooks[1].max_bytes, 1000u);
}

TEST(Scan, WhatAFilePrintsIsNoAnswer) { EXPECT_EQ(error_of("prints"), ""); }

TEST(Scan, FileOfAnotherMajorIsNamedAsSuch) {
  EXPECT_THAT(error_of("other_major"), HasSubstr("another major of the ABI: it exports jackfield_plugin_v1"));
}

TEST(Scan, FileOfAnotherMinorIsNamedAsSuch) {
  EXPECT_THAT(error_of("other_minor"), HasSubstr("built for ABI 0.2, this host has 0.1"));
}

TEST(Scan, LibraryThatIsNoConnectorIsNamedAsSuch) {
  EXPECT_EQ(error_of("no_plugin"), "no Jackfield connector: symbol jackfield_plugin_v0 is missing");
}

TEST(Scan, FileThatCrashesIsOnlyReported) {
  EXPECT_THAT(error_of("crashes"), HasSubstr("crashes while it is loaded (signal 6"));
}

TEST(Scan, FileThatExitsIsOnlyReported) {
  EXPECT_THAT(error_of("exits"), HasSubstr("ends the process while it is loaded (exit status 3)"));
}

TEST(Scan, FileThatHangsIsKilled) { EXPECT_THAT(error_of("hangs"), HasSubstr("hangs while it is loaded")); }

TEST(Scan, BadManifestSaysWhatIsWrong) {
  EXPECT_THAT(error_of("bad_manifest"), HasSubstr("manifest: scheme is missing"));
}

TEST(Scan, TruncatedModuleIsRefused) { EXPECT_THAT(error_of("truncated"), HasSubstr("truncated")); }

TEST(Scan, MissingFileAndTextFileAreReported) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "no-library.so";
  std::ofstream(path) << "hello";
  EXPECT_THAT(scan_plugin(path).error, HasSubstr("file too short"));
  std::filesystem::remove(path);
  EXPECT_THAT(scan_plugin(path).error, HasSubstr("cannot be read"));
}

TEST(Scan, FileThatOthersCanWriteIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "writable.so";
  std::filesystem::copy_file(test_plugin("probe"), path, std::filesystem::copy_options::overwrite_existing);
  ::chmod(path.c_str(), 0775);
  EXPECT_THAT(scan_plugin(path).error, HasSubstr("can be written by its group"));
  ::chmod(path.c_str(), 0755);
  EXPECT_EQ(scan_plugin(path).error, "");
}

TEST(Scan, FolderIsScannedFileByFile) {
  const TemporaryFolder folder;
  for (const auto* name : {"probe", "crashes", "no_plugin"})
    std::filesystem::copy_file(test_plugin(name), folder.path() / (std::string(name) + ".so"),
                               std::filesystem::copy_options::overwrite_existing);
  const auto found = scan_plugins({folder.path().string(), "/does/not/exist"});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_NE(found[0].error, "");
  EXPECT_NE(found[1].error, "");
  EXPECT_EQ(found[2].error, "");
}

TEST(CheckSettings, SchemaAndTheConnectorItselfBothSpeak) {
  const auto file = scan_plugin(test_plugin("probe"));
  EXPECT_TRUE(check_settings(file, {{"account", "right"}, {"token", "s3cret-value"}}).empty());
  const auto unknown = check_settings(file, {{"acount", "x"}});
  ASSERT_EQ(unknown.size(), 1u);
  EXPECT_EQ(unknown[0].help, "did you mean \"account\"?");
  const auto wrong = check_settings(file, {{"account", "wrong"}});
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].pointer, "/account");
  EXPECT_EQ(wrong[0].message, "is wrong");
  EXPECT_EQ(wrong[0].help, "take another");
}

}  // namespace
}  // namespace jackfield::host
