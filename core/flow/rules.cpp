#include "flow/rules.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <unordered_map>

#include "base/has.hpp"
#include "flow/language.hpp"
#include "flow/plain_triggers.hpp"
#include "flow/words.hpp"

namespace jackfield::flow {
namespace {

// An atom is one thing that is looked for: a phrase, a pattern, an attribute's value. Numbers are global.
using Atom = std::uint32_t;

// Several patterns run over one text at once.
class Patterns {
 public:
  Patterns() : set_(options(), RE2::UNANCHORED) {}

  // Error text, or empty. The pattern gets that atom.
  std::string add(const std::string& pattern, Atom atom) {
    std::string error;
    if (set_.Add(pattern, &error) < 0) return error;
    atoms_.push_back(atom);
    return {};
  }
  bool compile() { return atoms_.empty() || set_.Compile(); }
  // False: RE2 gave up.
  bool find(std::string_view text, std::vector<Atom>& out) const {
    if (atoms_.empty()) return true;
    std::vector<int> hits;
    RE2::Set::ErrorInfo error{};
    if (!set_.Match(re2::StringPiece(text.data(), text.size()), &hits, &error) && error.kind != RE2::Set::kNoError)
      return false;
    for (const int hit : hits) out.push_back(atoms_[static_cast<std::size_t>(hit)]);
    return true;
  }

 private:
  static RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(64 << 20);
    return options;
  }
  RE2::Set set_;
  std::vector<Atom> atoms_;
};

// "*@example.com" as an RE2 pattern over "mailto:ana@example.com"; without a scheme any scheme goes.
std::string glob_pattern(std::string_view glob) {
  const auto colon = glob.find(':');
  const bool has_scheme =
      colon != std::string_view::npos && glob.substr(0, colon).find_first_of("*@+?") == std::string_view::npos;
  std::string out = has_scheme ? "(?i)^" : "(?i)^[a-z0-9.+-]+:";
  for (const char c : glob) {
    if (c == '*')
      out += ".*";
    else if (c == '?')
      out += '.';
    else
      out += RE2::QuoteMeta(re2::StringPiece(&c, 1));
  }
  return out + "$";
}

// One of these atoms must be there.
struct AnyOf {
  std::vector<Atom> atoms;
};

struct Node {
  std::vector<AnyOf> groups;
  const ConditionSpec* spec = nullptr;  // for the conditions that are checked directly
  std::vector<Node> not_, any_of, all_of;
};

bool holds(const std::vector<Atom>& sorted, Atom atom) {
  return std::binary_search(sorted.begin(), sorted.end(), atom);
}

std::string_view text_in(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

// The kinds of a message: the types of its parts, and of media its main type as well ("image").
bool has_kind(const Content& content, const std::vector<std::string>& kinds) {
  for (const auto& entry : content.parts) {
    const auto* part = entry.if_object();
    if (!part) continue;
    if (has(kinds, text_in(*part, "type"))) return true;
    const auto media = text_in(*part, "media_type");
    if (has(kinds, media.substr(0, media.find('/')))) return true;
  }
  return false;
}

bool has_media(const Content& content) {
  for (const auto& entry : content.parts)
    if (entry.is_object() && text_in(entry.get_object(), "type") == "media") return true;
  return false;
}

}  // namespace

struct Rules::State {
  std::vector<RuleSpec> specs;
  std::vector<Node> nodes;          // one a rule, pointing into specs
  std::vector<std::string> labels;  // of each atom, for people
  PhraseIndex text_phrases, subject_phrases;
  std::vector<Atom> text_phrase_atoms, subject_phrase_atoms;  // by phrase number
  Patterns text, subject, from, to;
  std::unordered_map<std::string, Atom> contact;                    // "key\0value"
  std::unordered_map<Atom, std::vector<std::uint32_t>> by_trigger;  // rules to try when the atom is there
  PlainTriggers plain;
  std::vector<std::uint32_t> untriggered;  // rules to try always
  bool can_drop = false, looks_at_conversation = false;

  Atom new_atom(std::string label) {
    labels.push_back(std::move(label));
    return static_cast<Atom>(labels.size() - 1);
  }

  void add_phrases(PhraseIndex& index, std::vector<Atom>& atoms, const std::vector<std::string>& phrases, AnyOf& group,
                   std::string_view where) {
    for (const auto& phrase : phrases) {
      const std::uint32_t number = index.add(phrase);
      while (atoms.size() <= number) atoms.push_back(new_atom(std::string(where) + " has \"" + phrase + "\""));
      group.atoms.push_back(atoms[number]);
    }
  }

  Result<void> add_pattern(Patterns& patterns, const std::string& pattern, std::string label, AnyOf& group) {
    const Atom atom = new_atom(std::move(label));
    if (auto error = patterns.add(pattern, atom); !error.empty()) return fail(Errc::invalid, error);
    group.atoms.push_back(atom);
    return {};
  }

  Atom contact_atom(const std::string& key, const std::string& value) {
    const auto [at, made] = contact.try_emplace(key + '\0' + value, 0);
    if (made) at->second = new_atom("contact " + key + " is " + value);
    return at->second;
  }

  Result<Node> compile(const ConditionSpec& spec) {
    Node node;
    node.spec = &spec;
    // "any" and "matches" of one text are or-ed: either way of saying it is enough.
    if (!spec.text_any.empty() || !spec.text_matches.empty()) {
      AnyOf group;
      add_phrases(text_phrases, text_phrase_atoms, spec.text_any, group, "text");
      if (!spec.text_matches.empty())
        if (auto r = add_pattern(text, spec.text_matches, "text matches " + spec.text_matches, group); !r)
          return r.error();
      node.groups.push_back(std::move(group));
    }
    if (!spec.subject_any.empty() || !spec.subject_matches.empty()) {
      AnyOf group;
      add_phrases(subject_phrases, subject_phrase_atoms, spec.subject_any, group, "subject");
      if (!spec.subject_matches.empty())
        if (auto r = add_pattern(subject, spec.subject_matches, "subject matches " + spec.subject_matches, group); !r)
          return r.error();
      node.groups.push_back(std::move(group));
    }
    for (auto [globs, patterns, name] : {std::tuple{&spec.from, &from, "from"}, std::tuple{&spec.to, &to, "to"}}) {
      if (globs->empty()) continue;
      AnyOf group;
      for (const auto& glob : *globs)
        if (auto r = add_pattern(*patterns, glob_pattern(glob), std::string(name) + " is " + glob, group); !r)
          return r.error();
      node.groups.push_back(std::move(group));
    }
    for (const auto& [key, values] : spec.contact) {
      AnyOf group;
      for (const auto& value : values) group.atoms.push_back(contact_atom(key, value));
      node.groups.push_back(std::move(group));
    }
    for (auto [specs_in, nodes_in] : {std::pair{&spec.not_, &node.not_}, std::pair{&spec.any_of, &node.any_of},
                                      std::pair{&spec.all_of, &node.all_of}})
      for (const auto& inner : *specs_in) {
        auto made = compile(inner);
        if (!made) return made.error();
        nodes_in->push_back(std::move(*made));
      }
    return node;
  }

  // Atoms that depend on the contact; the rest was found before the transaction.
  void add_contact_atoms(const Contact& c, std::vector<Atom>& out) const {
    const auto look = [&](std::string_view key, std::string_view value) {
      std::string full(key);
      full += '\0';
      full += value;
      if (const auto at = contact.find(full); at != contact.end()) out.push_back(at->second);
    };
    for (const auto& [key, value] : c.attributes) look(key, value);
    for (const auto& tag : c.tags) look("tags", tag);
    look("language", c.language);
    look("name", c.name);
  }

  bool direct(const ConditionSpec& spec, const Facts& f, Moment& moment, std::vector<std::string>* because) const {
    const auto say = [&](std::string what) {
      if (because) because->push_back(std::move(what));
    };
    if (!spec.channel.empty()) {
      if (!has(spec.channel, f.channel)) return false;
      say("channel is " + std::string(f.channel));
    }
    if (!spec.plugin.empty()) {
      if (!has(spec.plugin, f.plugin)) return false;
      say("plugin is " + std::string(f.plugin));
    }
    if (spec.visibility) {
      if (*spec.visibility != f.visibility) return false;
      say("visibility is " + std::string(name_of(f.visibility)));
    }
    if (!spec.kind.empty()) {
      if (!has_kind(*f.content, spec.kind)) return false;
      say("kind is one of those wanted");
    }
    if (spec.attachments) {
      if (has_media(*f.content) != *spec.attachments) return false;
      say(*spec.attachments ? "has attachments" : "has no attachments");
    }
    if (!spec.language.empty()) {
      const auto fits = std::find_if(spec.language.begin(), spec.language.end(),
                                     [&](const auto& wanted) { return is_language(f.language, wanted); });
      if (fits == spec.language.end()) return false;
      say("language is " + std::string(f.language));
    }
    for (const auto& [calendar, open] : spec.hours) {
      if (moment.is_open(calendar) != open) return false;
      say(calendar + (open ? " is open" : " is closed"));
    }
    for (const auto& wanted : spec.queues) {
      const QueueNow& now = moment.queue(wanted.queue);
      if (!holds_now(wanted, now)) return false;
      say("queue " + wanted.queue + " has " + std::to_string(now.waiting) + " waiting and " +
          std::to_string(now.agents) + " agents online");
    }
    if (spec.conversation_new) {
      if (f.conversation_new != *spec.conversation_new) return false;
      say(f.conversation_new ? "conversation is new" : "conversation is not new");
    }
    if (!spec.conversation_state.empty()) {
      if (!f.conversation || std::find(spec.conversation_state.begin(), spec.conversation_state.end(),
                                       f.conversation->state) == spec.conversation_state.end())
        return false;
      say("conversation is " + std::string(name_of(f.conversation->state)));
    }
    if (!spec.conversation_tags.empty()) {
      const auto tag = std::find_if(spec.conversation_tags.begin(), spec.conversation_tags.end(),
                                    [&](const auto& t) { return f.conversation && has(f.conversation->tags, t); });
      if (tag == spec.conversation_tags.end()) return false;
      say("conversation is tagged " + *tag);
    }
    return true;
  }

  bool test(const Node& node, const Facts& facts, Moment& moment, const std::vector<Atom>& atoms,
            std::vector<std::string>* because) const {
    for (const auto& group : node.groups) {
      const auto hit = std::find_if(group.atoms.begin(), group.atoms.end(), [&](Atom a) { return holds(atoms, a); });
      if (hit == group.atoms.end()) return false;
      if (because) because->push_back(labels[*hit]);
    }
    if (!direct(*node.spec, facts, moment, because)) return false;
    for (const auto& inner : node.not_) {
      if (test(inner, facts, moment, atoms, nullptr)) return false;
      if (because) because->push_back("not: holds");
    }
    for (const auto& inner : node.all_of)
      if (!test(inner, facts, moment, atoms, because)) return false;
    if (node.any_of.empty()) return true;
    return std::any_of(node.any_of.begin(), node.any_of.end(), [&](const Node& inner) {
      std::vector<std::string> why;
      if (!test(inner, facts, moment, atoms, because ? &why : nullptr)) return false;
      if (because) because->insert(because->end(), why.begin(), why.end());
      return true;
    });
  }
};

Rules::Rules() : state_(std::make_unique<State>()) {}
Rules::~Rules() = default;

const std::vector<RuleSpec>& Rules::specs() const { return state_->specs; }

namespace {

bool asks_of_conversation(const ConditionSpec& when) {
  if (when.conversation_new || !when.conversation_state.empty() || !when.conversation_tags.empty()) return true;
  const auto any = [](const std::vector<ConditionSpec>& list) {
    return std::any_of(list.begin(), list.end(), asks_of_conversation);
  };
  return any(when.not_) || any(when.any_of) || any(when.all_of);
}

}  // namespace

bool Rules::looks_at_conversation() const { return state_->looks_at_conversation; }

bool Rules::can_drop() const { return state_->can_drop; }

Result<std::shared_ptr<const Rules>> Rules::compile(const FlowConfig& config) {
  std::shared_ptr<Rules> rules(new Rules);
  State& state = *rules->state_;
  state.specs = config.rules;
  const auto named = [](const RuleSpec& spec) {
    return "rule " + (spec.name.empty() ? "without a name" : "\"" + spec.name + "\"") + " (line " +
           std::to_string(spec.line) + "): ";
  };
  for (std::uint32_t i = 0; i < state.specs.size(); ++i) {
    const RuleSpec& spec = state.specs[i];
    state.can_drop |= spec.drop;
    state.looks_at_conversation |= asks_of_conversation(spec.when);
    auto node = state.compile(spec.when);
    if (!node) return fail(Errc::invalid, named(spec) + node.error().message);
    const bool known = spec.to.empty() || std::any_of(config.queues.begin(), config.queues.end(),
                                                      [&](const auto& q) { return q.name == spec.to; });
    if (!known) return fail(Errc::invalid, named(spec) + "no queue is called \"" + spec.to + "\"");
    if (node->groups.empty()) {
      if (!state.plain.add(spec.when, i)) state.untriggered.push_back(i);
    } else {
      for (const Atom atom : node->groups.front().atoms) state.by_trigger[atom].push_back(i);
    }
    state.nodes.push_back(std::move(*node));
  }
  for (auto* patterns : {&state.text, &state.subject, &state.from, &state.to})
    if (!patterns->compile()) return fail(Errc::invalid, "the patterns of all rules together need too much memory");
  return std::shared_ptr<const Rules>(std::move(rules));
}

Matches Rules::match(const Content& content) const {
  Matches out;
  const State& s = *state_;
  const std::string_view text = content.new_text.empty() ? content.text : content.new_text;
  const auto phrases = [&](const PhraseIndex& index, const std::vector<Atom>& atoms, std::string_view where) {
    if (index.empty()) return;
    std::vector<std::uint32_t> hits;
    index.find(where, hits);
    for (const auto hit : hits) out.atoms.push_back(atoms[hit]);
  };
  phrases(s.text_phrases, s.text_phrase_atoms, text);
  phrases(s.subject_phrases, s.subject_phrase_atoms, content.subject);
  bool fine = s.text.find(text, out.atoms) && s.subject.find(content.subject, out.atoms) &&
              s.from.find(content.from.uri, out.atoms);
  for (const auto& to : content.to) fine = fine && s.to.find(to.uri, out.atoms);
  if (!fine) out.error = "a pattern needed too much memory";
  std::sort(out.atoms.begin(), out.atoms.end());
  return out;
}

std::vector<RuleTried> Rules::trace(const Facts& facts) const {
  const State& s = *state_;
  std::vector<RuleTried> out;
  std::vector<Atom> atoms = facts.matches->atoms;
  if (facts.contact) s.add_contact_atoms(*facts.contact, atoms);
  std::sort(atoms.begin(), atoms.end());
  Moment moment(facts);
  for (std::size_t rule = 0; rule < s.specs.size(); ++rule) {
    RuleTried& tried = out.emplace_back();
    tried.rule = rule;
    tried.fits = s.test(s.nodes[rule], facts, moment, atoms, &tried.because);
    if (tried.fits && (s.specs[rule].drop || !s.specs[rule].to.empty())) break;
  }
  return out;
}

RulesOutcome Rules::run(const Facts& facts) const {
  const State& s = *state_;
  RulesOutcome out;
  out.error = facts.matches->error;
  if (!out.error.empty()) return out;

  std::vector<Atom> atoms = facts.matches->atoms;
  if (facts.contact && !s.contact.empty()) {
    s.add_contact_atoms(*facts.contact, atoms);
    std::sort(atoms.begin(), atoms.end());
  }
  Moment moment(facts);
  std::vector<std::uint32_t> candidates = s.untriggered;
  for (const Atom atom : atoms)
    if (const auto at = s.by_trigger.find(atom); at != s.by_trigger.end())
      candidates.insert(candidates.end(), at->second.begin(), at->second.end());
  s.plain.find(facts, moment, candidates);
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());

  for (const auto rule : candidates) {
    ++out.tried;
    RuleMatch match{rule, {}};
    if (!s.test(s.nodes[rule], facts, moment, atoms, &match.because)) continue;
    const RuleSpec& spec = s.specs[rule];
    out.matched.push_back(std::move(match));
    if (spec.drop) out.drop = true;
    if (!spec.to.empty()) out.queue = spec.to;
    if (spec.drop || !spec.to.empty()) break;
  }
  return out;
}

}  // namespace jackfield::flow
