// Looking ahead: what would become of a message, and what of recorded ones under another configuration. Decides as the
// daemon does, over a unit that is never committed.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "store/reader.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// The environment of a configuration, as Flow::configure makes it, without media links. Errors are problems of the
// rules.
Result<Environment> make_environment(FlowConfig config, const std::map<std::string, host::Manifest>& manifests,
                                     const Clock& clock, IdSource& ids, Random& random);

// What a message (an event as connectors deliver it; id and type may be left out, from may be an address alone, text
// stands for parts) would meet: {"channel", "contact", "conversation", "decision", "rules", "answer"}. "rules" has each
// rule that was tried, in order. Errc::invalid: it is no message, or there is no such channel.
Result<boost::json::object> explain(store::Unit& unit, const Environment& env, const std::string& channel,
                                    boost::json::object message);

struct Difference {
  Id message, conversation;
  std::string text;           // its beginning
  std::string was, would_be;  // queues
  std::string because;        // the rule that sends it there now
};
struct Replayed {
  std::size_t messages = 0;  // that were routed then and could be tried now
  std::vector<Difference> differences;
};
// The last `most` recorded messages that were routed, through the rules of env: those that would go to another queue
// than they did.
Result<Replayed> replay_recorded(store::Reader& reader, const Environment& env, std::size_t most);

}  // namespace jackfield::flow
