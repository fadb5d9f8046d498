#include "flow/window.hpp"

#include <algorithm>

#include "flow/flow.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

// The provider counts by its own clock; a little less than it allows spares a refusal after the fact.
constexpr std::chrono::seconds kMargin{60};

}  // namespace

ReplyWindow window_of(const ChannelUse& use, const Channel& channel, Time now) {
  ReplyWindow window;
  if (channel.manifest.reply_window_seconds <= 0) return window;
  const auto& outside = channel.manifest.outside_window;
  window.until = use.last_inbound_at == Time{}
                     ? Time{}
                     : use.last_inbound_at + std::chrono::seconds(channel.manifest.reply_window_seconds) - kMargin;
  window.open = now < window.until;
  window.template_needed = !window.open && std::find(outside.begin(), outside.end(), "template") != outside.end();
  return window;
}

std::string reply_windows_json(const Conversation& conversation, const Environment& env) {
  std::string out = "{";
  for (const auto& use : conversation.channels) {
    const Channel* channel = env.channel(use.channel);
    if (!channel || !channel->manifest.sends) continue;
    const ReplyWindow window = window_of(use, *channel, env.clock.now());
    if (out.size() > 1) out += ',';
    append_string(out, use.channel);
    out += window.open ? ":{\"open\":true,\"until\":" : ":{\"open\":false,\"until\":";
    append_time(out, window.until);
    out += window.template_needed ? ",\"template_needed\":true}" : ",\"template_needed\":false}";
  }
  return out + "}";
}

}  // namespace jackfield::flow
