// The bytes of a media message, in two steps: ask the API where they are, then get them there.
#pragma once

#include <jackfield/jackfield.hpp>
#include <memory>
#include <string>

#include "graph.hpp"
#include "media.hpp"

namespace jackfield::whatsapp {

// On the strand.
class Fetching {
 public:
  Fetching(sdk::Host& host, const Graph& graph) : host_(host), graph_(graph) {}

  void fetch(sdk::Fetch&& fetch);

 private:
  struct Job {
    sdk::Fetch fetch;
    PendingMedia media;
    std::string media_type;  // what the API says now
    bool located = false;    // step 1 was done
  };
  using JobPtr = std::shared_ptr<Job>;

  void locate(const JobPtr& job);
  void on_located(const JobPtr& job, const sdk::HttpResponse& response);
  void download(const JobPtr& job);
  void on_downloaded(const JobPtr& job, const sdk::HttpResponse& response);
  void failed(const JobPtr& job, const sdk::HttpResponse& response, const char* step);

  sdk::Host& host_;
  const Graph& graph_;
};

}  // namespace jackfield::whatsapp
