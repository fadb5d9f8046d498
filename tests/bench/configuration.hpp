// The daemon's configuration, by what a row needs.
#pragma once

#include <string>

namespace jackfield::bench {

inline constexpr const char* api_token = "bench-admin-token-000001";
inline constexpr const char* app_secret = "bench-app-secret";

struct Configuration {
  int whatsapp_channels = 1;  // wa0, wa1, …
  bool isolated = false;      // each in a process of its own
  int mail_channels = 0;      // they listen on free ports
  int smpp_port = 0;          // of an SMSC; the channel is called smpp
  int imap_port = 0;          // of a mailbox server; the channel is called mailbox
  int folders = 0;            // of the mailbox, a connection each
  int rules = 4;              // the last of them takes what none before it took
  int graph_port = 9;         // where sends go
};

// Phone number of the channel with that number.
std::string phone_number_id(int channel);
std::string to_yaml(const Configuration& configuration, const std::string& folder);

}  // namespace jackfield::bench
