#include "app/blobs.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/temporary_folder.hpp"

namespace jackfield::app {
namespace {

TEST(Blobs, WhatIsNoIdNeverBecomesAPath) {
  const TemporaryFolder folder;
  auto media = std::move(store::MediaStore::open(folder.file("media")).value());
  Blobs blobs(*media);
  for (const std::string& id :
       {std::string{}, std::string("../../../etc/passwd"), std::string(64, 'G'), std::string(63, 'a')}) {
    EXPECT_EQ(blobs.path(id), "");
    EXPECT_EQ(blobs.size(id).error().code, Errc::not_found);
    EXPECT_EQ(blobs.read(id, 0, 10).error().code, Errc::not_found);
  }
  const auto id = blobs.put("hello").value();
  EXPECT_EQ(blobs.read(id, 1, 3).value(), "ell");
  EXPECT_EQ(blobs.size(id).value(), 5);
  EXPECT_TRUE(std::filesystem::exists(blobs.path(id)));
}

}  // namespace
}  // namespace jackfield::app
