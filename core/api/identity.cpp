// Contacts that turn out to be one person, or not; everything about a person; lists of persons.
#include <algorithm>

#include "api/contact_list.hpp"
#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/request_body.hpp"
#include "flow/merge.hpp"

namespace jackfield::api {
namespace {

// --- merging

std::string merge_json(const store::Merge& merge, const Contact* into) {
  std::string out;
  JsonObject object(out);
  object.id("id", merge.id);
  object.text("kind", flow::kind_of(merge));
  object.id("into", merge.into);
  object.id("from", merge.from);
  object.raw("evidence", merge.evidence.empty() ? "{}" : merge.evidence);
  object.time("at", merge.at);
  object.time("undone_at", merge.undone_at);
  if (into) object.raw("contact", contact_to_json(*into));
  object.end();
  return out;
}

flow::Evidenced by_hand(const Call& call) {
  std::string evidence;
  JsonObject object(evidence);
  object.text("by", "hand");
  object.text("token", call.caller->name);
  object.end();
  return {std::move(evidence), "api"};
}

Result<flow::Answer> answer_with(store::Unit& unit, const Result<store::Merge*>& merge, int status) {
  if (!merge) return merge.error();
  return flow::Answer{status, merge_json(**merge, unit.contact((*merge)->into))};
}

void merge(Context& context, const CallPtr& call) {
  const auto into = call->id_or_404(0, "contact");
  if (!into) return;
  RequestBody body(call->request.body, {"from"});
  const Id from = body.id("from");
  if (!body.has("from")) body.refuse("from", "is missing: the contact that lives on in this one");
  if (body.error()) return call->problem(*body.error());
  context.write(call, true, [into, from, said = by_hand(*call)](store::Unit& unit, const flow::Environment& env) {
    return answer_with(unit, flow::merge_contacts(unit, env, *into, from, said), 201);
  });
}

void split(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "contact");
  if (!id) return;
  RequestBody body(call->request.body, {"addresses"});
  const auto addresses = body.texts("addresses", 64, 512).value_or(std::vector<std::string>{});
  if (addresses.empty()) body.refuse("addresses", "must name those that the new contact gets");
  if (body.error()) return call->problem(*body.error());
  context.write(call, true, [id, addresses, said = by_hand(*call)](store::Unit& unit, const flow::Environment& env) {
    return answer_with(unit, flow::split_contact(unit, env, *id, addresses, said), 201);
  });
}

void undo(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "merge");
  if (!id) return;
  const RequestBody body(call->request.body, {});
  if (body.error()) return call->problem(*body.error());
  context.write(call, false, [id](store::Unit& unit, const flow::Environment& env) {
    return answer_with(unit, flow::undo_merge(unit, env, *id, "api"), 200);
  });
}

// --- all that is held

template <class T, class ToJson>
void append_list(JsonObject& object, std::string_view name, const std::vector<T>& rows, ToJson to_json) {
  std::string& out = object.key(name);
  out += '[';
  for (std::size_t i = 0; i < rows.size(); ++i) out += (i ? "," : "") + to_json(rows[i]);
  out += ']';
}

// The files of messages, by the ids in their parts.
Result<std::vector<store::Media>> files_of(store::Reader& reader, const std::vector<MessageRow>& messages) {
  std::vector<store::Media> out;
  for (const auto& row : messages) {
    const auto content = content_from_json(row.content);
    if (!content) return content.error();
    for (const auto& entry : content->parts) {
      const auto* part = entry.if_object();
      const auto* named = part ? part->if_contains("id") : nullptr;
      const auto id = named && named->is_string() ? parse_id(std::string_view(named->get_string())) : std::nullopt;
      if (!id) continue;
      auto media = reader.media(*id);
      if (!media) return media.error();
      if (*media) out.push_back(std::move(**media));
    }
  }
  return out;
}

std::string file_json(const store::Media& media) {
  std::string out;
  JsonObject object(out);
  object.id("id", media.id);
  object.id("message", media.message);
  object.text("media_type", media.media_type);
  object.text_or_null("name", media.name);
  object.number("size", media.size);
  object.text("sha256", media.sha256);
  object.time("created_at", media.created_at);
  object.end();
  return out;
}

Result<std::vector<Callback>> callbacks_of(store::Reader& reader, Id contact) {
  std::vector<Callback> out;
  store::CallbackFilter filter;
  filter.contact = contact;
  store::PageArgs page{500, ""};
  do {
    auto found = reader.callbacks(filter, page);
    if (!found) return found.error();
    for (auto& view : found->items) out.push_back(std::move(view.callback));
    page.cursor = found->next;
  } while (!page.cursor.empty());
  return out;
}

Result<std::vector<Conversation>> conversations_of(store::Reader& reader, Id contact) {
  std::vector<Conversation> out;
  store::ConversationFilter filter;
  filter.contact = contact;
  store::PageArgs page{500, ""};
  do {
    auto found = reader.conversations(filter, page);
    if (!found) return found.error();
    for (auto& view : found->items) out.push_back(std::move(view.conversation));
    page.cursor = found->next;
  } while (!page.cursor.empty());
  return out;
}

// Everything but the messages: what the first page has.
Result<void> append_person(JsonObject& object, store::Reader& reader, const Contact& contact,
                           const flow::Environment& env) {
  const auto merged = reader.merged_into(contact.id);
  if (!merged) return merged.error();
  std::vector<store::Merge> merges;
  std::vector<Contact> all{contact};
  all.insert(all.end(), merged->begin(), merged->end());
  for (const auto& one : all) {
    const auto found = reader.merges_of(one.id);
    if (!found) return found.error();
    for (const auto& entry : *found)
      if (std::none_of(merges.begin(), merges.end(), [&](const auto& m) { return m.id == entry.id; }))
        merges.push_back(entry);
  }
  const auto conversations = conversations_of(reader, contact.id);
  if (!conversations) return conversations.error();
  const auto callbacks = callbacks_of(reader, contact.id);
  if (!callbacks) return callbacks.error();
  object.raw("contact", contact_to_json(contact));
  append_list(object, "merged_contacts", *merged, [](const Contact& c) { return contact_to_json(c); });
  append_list(object, "merges", merges, [](const store::Merge& m) { return merge_json(m, nullptr); });
  append_list(object, "conversations", *conversations,
              [&](const Conversation& c) { return conversation_json(c, &contact, env); });
  append_list(object, "callbacks", *callbacks, [&](const Callback& c) { return callback_to_json(c, &contact); });
  return {};
}

Result<std::string> export_json(store::Reader& reader, const Contact& contact, const store::PageArgs& page,
                                const flow::Environment& env) {
  const auto messages = reader.messages_from(contact.id, page);
  if (!messages) return messages.error();
  const auto files = files_of(reader, messages->items);
  if (!files) return files.error();
  std::string out;
  JsonObject object(out);
  if (page.cursor.empty())
    if (auto written = append_person(object, reader, contact, env); !written) return written.error();
  append_list(object, "messages", messages->items, [](const MessageRow& row) { return message_to_json(row); });
  append_list(object, "files", *files, file_json);
  object.text_or_null("next", messages->next);
  object.end();
  return out;
}

void export_contact(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "contact");
  if (!id) return;
  Query query(call->request, {"limit", "cursor"});
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [&context, id, page](Call& c, store::Reader& reader) {
    const auto found = reader.living_contact(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no contact " + to_string(*id)));
    auto json = export_json(reader, **found, page, *context.ports.flow.environment());
    if (!json) return c.error(json.error());
    c.json(200, std::move(*json));
  });
}

// --- import

struct Report {
  int made = 0, changed = 0, unchanged = 0;
  std::vector<std::pair<int, std::string>> refused;  // line, why
};

std::string report_json(const Report& report) {
  std::string out;
  JsonObject object(out);
  object.number("made", report.made);
  object.number("changed", report.changed);
  object.number("unchanged", report.unchanged);
  append_list(object, "refused", report.refused, [](const auto& one) {
    std::string text;
    JsonObject entry(text);
    entry.number("line", one.first);
    entry.text("why", one.second);
    entry.end();
    return text;
  });
  object.end();
  return out;
}

Report import_all(store::Unit& unit, const flow::Environment& env, const std::vector<ListEntry>& entries) {
  Report report;
  for (const auto& entry : entries) {
    const auto done = entry.wrong.empty() ? flow::import_contact(unit, env, entry.fields)
                                          : Result<flow::Imported>(fail(Errc::invalid, entry.wrong));
    if (!done)
      report.refused.emplace_back(entry.line, done.error().message);
    else if (*done == flow::Imported::made)
      ++report.made;
    else
      ++(*done == flow::Imported::changed ? report.changed : report.unchanged);
  }
  return report;
}

void import_contacts(Context& context, const CallPtr& call) {
  auto entries = read_contact_list(call->request.header("content-type"), call->request.body);
  if (!entries) return call->error(entries.error());
  context.write(
      call, true,
      [entries = std::move(*entries)](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
        return flow::Answer{200, report_json(import_all(unit, env, entries))};
      });
}

}  // namespace

void add_identity(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("POST", "/v1/contacts/import", kAdmin, to(import_contacts));
  router.add("POST", "/v1/contacts/{id}/merge", kAdmin, to(merge));
  router.add("POST", "/v1/contacts/{id}/split", kAdmin, to(split));
  router.add("GET", "/v1/contacts/{id}/export", kAdmin, to(export_contact));
  router.add("POST", "/v1/merges/{id}/undo", kAdmin, to(undo));
}

}  // namespace jackfield::api
