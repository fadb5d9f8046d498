#include "opt_out.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <stdexcept>

namespace jackfield::sms {
namespace {

constexpr std::size_t kLongest = 64;  // bytes of a message that can be a keyword

struct Words {
  std::string_view language;
  std::vector<std::string_view> stop, start, help;
};

// English: what Twilio, AWS and Telnyx take. STOP is understood in every country; where a word is common as an answer
// it is left out.
const std::vector<Words>& table() {
  static const std::vector<Words> words = {
      {"en",
       {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "REMOVE", "TD"},
       {"START", "YES", "UNSTOP"},
       {"HELP", "INFO"}},
      {"fr", {"STOP", "ARRET", "DESABONNER", "DESABONNEMENT"}, {"START", "REPRENDRE", "REABONNER"}, {"AIDE", "INFO"}},
      {"de", {"STOP", "STOPP", "ABMELDEN", "ABBESTELLEN"}, {"START", "ANMELDEN"}, {"HILFE", "INFO"}},
      {"es", {"STOP", "BAJA", "ALTO", "PARAR", "CANCELAR"}, {"START", "ALTA"}, {"AYUDA", "INFO"}},
      {"it", {"STOP", "FERMA", "CANCELLA", "DISISCRIVI"}, {"START", "RIPRENDI"}, {"AIUTO", "INFO"}},
      {"pt", {"STOP", "PARAR", "SAIR", "CANCELAR"}, {"START", "VOLTAR"}, {"AJUDA", "INFO"}},
      {"nl", {"STOP", "STOPPEN", "AFMELDEN"}, {"START", "AANMELDEN"}, {"HULP", "HELP", "INFO"}},
      {"pl", {"STOP", "REZYGNUJE", "WYPISZ"}, {"START", "WZNOW"}, {"POMOC", "INFO"}},
      {"sv", {"STOP", "STOPP", "AVSLUTA"}, {"START", "BORJA"}, {"HJALP", "INFO"}},
      {"da", {"STOP", "AFMELD"}, {"START", "TILMELD"}, {"HJAELP", "INFO"}},
      {"ru", {"СТОП", "STOP", "ОТПИСАТЬСЯ"}, {"СТАРТ", "START"}, {"ПОМОЩЬ", "INFO"}},
  };
  return words;
}

const icu::Normalizer2& folding() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) throw std::runtime_error("ICU has no NFKC_Casefold");
  return *normalizer;
}

const icu::Normalizer2& decomposing() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status)) throw std::runtime_error("ICU has no NFD");
  return *normalizer;
}

// Letters and digits only, folded, without accents: " Arrêt! " → "arret".
std::string bare(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto unicode = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  const auto plain = decomposing().normalize(folding().normalize(unicode, status), status);
  std::string out;
  for (int32_t i = 0; U_SUCCESS(status) && i < plain.length(); i = plain.moveIndex32(i, 1))
    if (const UChar32 c = plain.char32At(i); u_isalnum(c)) icu::UnicodeString(c).toUTF8String(out);
  return out;
}

template <class List>
void add(std::set<std::string>& to, const List& words) {
  for (const auto& word : words)
    if (auto key = bare(word); !key.empty()) to.insert(std::move(key));
}

}  // namespace

std::string_view name_of(Keyword keyword) {
  return keyword == Keyword::stop ? "stop" : keyword == Keyword::start ? "start" : "help";
}

bool has_words(std::string_view language) {
  for (const auto& words : table())
    if (words.language == language) return true;
  return false;
}

std::vector<std::string> languages_with_words() {
  std::vector<std::string> out;
  for (const auto& words : table()) out.emplace_back(words.language);
  return out;
}

OptOutWords::OptOutWords(const OptOutSettings& settings) {
  for (const auto& words : table()) {
    bool wanted = false;
    for (const auto& language : settings.languages) wanted |= language == words.language;
    if (!wanted) continue;
    add(stop_, words.stop);
    add(start_, words.start);
    add(help_, words.help);
  }
  add(stop_, settings.stop);
  add(start_, settings.start);
  add(help_, settings.help);
}

std::optional<Keyword> OptOutWords::keyword(std::string_view text) const {
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  const auto word = bare(text);
  if (stop_.contains(word)) return Keyword::stop;
  if (start_.contains(word)) return Keyword::start;
  return help_.contains(word) ? std::optional(Keyword::help) : std::nullopt;
}

}  // namespace jackfield::sms
