// What a visit does to the mails that have been taken.
#include <utility>

#include "imap_names.hpp"
#include "imap_visit.hpp"

namespace jackfield::email {

void ImapVisit::mark() {
  at_.budget->give_back(std::exchange(reserved_, 0));
  if (cursor_.unmarked.empty()) return marked();
  const std::string set = uid_set(cursor_.unmarked);
  switch (at_.settings.after) {
    case AfterTaking::keep: return marked();
    case AfterTaking::seen: return mark_with("UID STORE " + set + " +FLAGS.SILENT (\\Seen)", [this] { marked(); });
    case AfterTaking::remove:
      return mark_with("UID STORE " + set + " +FLAGS.SILENT (\\Seen \\Deleted)", [this, set] { expunge(set); });
    case AfterTaking::move: break;
  }
  if (!at_.link->session().has("MOVE")) return move_by_copy(set);
  mark_with("UID MOVE " + set + " " + imap_mailbox(at_.settings.move_to), [this] { marked(); });
}

// A folder to move to that is not there is made, once.
void ImapVisit::mark_with(std::string command, std::function<void()> then) {
  at_.link->run(
      command, safely([command, then](ImapVisit& self, const ImapResponse& answer) {
        if (answer.ok()) return then();
        const bool moves = self.at_.settings.after == AfterTaking::move;
        if (moves && answer.code == "TRYCREATE" && !std::exchange(self.created_target_, true))
          return self.at_.link->run(
              "CREATE " + imap_mailbox(self.at_.settings.move_to),
              self.safely([command, then](ImapVisit& it, const ImapResponse&) { it.mark_with(command, then); }));
        if (!std::exchange(self.told_trouble_, true))
          self.at_.trouble("mails of folder " + self.at_.folder + " are taken, but cannot be marked: " + answer.text);
        self.marked();
      }));
}

void ImapVisit::move_by_copy(const std::string& set) {
  mark_with("UID COPY " + set + " " + imap_mailbox(at_.settings.move_to), [this, set] {
    mark_with("UID STORE " + set + " +FLAGS.SILENT (\\Deleted)", [this, set] { expunge(set); });
  });
}

// Without UIDPLUS it would take what others have marked with it.
void ImapVisit::expunge(const std::string& set) {
  if (!at_.link->session().has("UIDPLUS")) return marked();
  mark_with("UID EXPUNGE " + set, [this] { marked(); });
}

void ImapVisit::marked() {
  cursor_.unmarked.clear();
  if (listed_.empty() && !more_listed_) return catch_up();
  next_batch();
}

}  // namespace jackfield::email
