#include "quote_words.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ascii.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_attribution = 500;

template <std::size_t count>
bool holds_one_of(std::string_view text, const std::string_view (&words)[count]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// "wrote" as it stands before or among names and dates.
constexpr std::string_view wrote[] = {
    "wrote",        "writes",     "schrieb",    "geschrieben", "a écrit", "a ecrit",
    "écrivait",     "escribió",   "escribio",   "ha scritto",  "schreef", "heeft geschreven",
    "escreveu",     "napisał",    "pisze",      "napsal",      "napísal", "skrev",
    "kirjoitti",    "ezt írta",   "írta",       "a scris",     "έγραψε",  "написал",
    "пишет",        "писал",      "написав",    "пише",        "написа",  "yazdı",
    "şunu yazdı",   "đã viết",    "menulis",    "写道",        "寫道",    "のメール",
    "は書きました", "が書いた",   "작성",       "님이 작성",   "كتب",     "تمت كتابة",
    "נכתב",         "כתב",        "כתבה",       "مِن",          "نوشت",    "เขียน",
    "ने लिखा",       "je napisao", "je napisal", "va escriure", "idatzi",  "rašė",
    "rakstīja"};

// How a date is announced at the beginning of an attribution.
constexpr std::string_view intros[] = {
    "On ",  "Am ",  "Le ",  "El ",    "Il ", "Op ", "Em ",   "Den ", "W dniu ",  "Dnia ",
    "Dne ", "Dňa ", "On\t", "In ",    "At ", "Pe ", "Pada ", "Vào ", "Στις ",    "Il giorno ",
    "În ",  "La ",  "Em\t", "בתאריך", "ב-",  "في ", "Ngày ", "Na ",  "Quoting ", "Citando "};

std::string_view without_marks(std::string_view line) {
  constexpr std::string_view around[] = {"\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA",
                                         "\xE2\x80\xAB", "\xE2\x80\xAC", "*"};
  for (bool again = true; again;) {
    line = trim(line);
    again = false;
    for (const std::string_view mark : around) {
      if (line.starts_with(mark)) line.remove_prefix(mark.size()), again = true;
      if (line.ends_with(mark)) line.remove_suffix(mark.size()), again = true;
    }
  }
  return line;
}

bool has_year(std::string_view line) {
  for (std::size_t i = 0; i + 4 <= line.size(); ++i)
    if ((line.substr(i, 2) == "20" || line.substr(i, 2) == "19") && is_digit(line[i + 2]) && is_digit(line[i + 3]))
      return true;
  return false;
}

bool has_time(std::string_view line) {
  for (std::size_t i = 1; i + 2 < line.size(); ++i)
    if ((line[i] == ':' || line[i] == '.') && is_digit(line[i - 1]) && is_digit(line[i + 1]) && is_digit(line[i + 2]))
      return true;
  return false;
}

struct FieldName {
  char field;
  std::string_view name;
};
constexpr FieldName field_names[] = {{'f', "From"},
                                     {'f', "Von"},
                                     {'f', "De"},
                                     {'f', "Da"},
                                     {'f', "Van"},
                                     {'f', "Od"},
                                     {'f', "Från"},
                                     {'f', "Fra"},
                                     {'f', "Lähettäjä"},
                                     {'f', "Feladó"},
                                     {'f', "Från"},
                                     {'f', "Από"},
                                     {'f', "От"},
                                     {'f', "Від"},
                                     {'f', "Kimden"},
                                     {'f', "Gönderen"},
                                     {'f', "De la"},
                                     {'f', "发件人"},
                                     {'f', "寄件者"},
                                     {'f', "差出人"},
                                     {'f', "送信者"},
                                     {'f', "보낸 사람"},
                                     {'f', "من"},
                                     {'f', "מאת"},
                                     {'f', "Dari"},
                                     {'f', "Từ"},
                                     {'f', "Expéditeur"},
                                     {'f', "Remitente"},
                                     {'s', "Sent"},
                                     {'s', "Date"},
                                     {'s', "Gesendet"},
                                     {'s', "Datum"},
                                     {'s', "Envoyé"},
                                     {'s', "Envoyé le"},
                                     {'s', "Enviado"},
                                     {'s', "Enviado el"},
                                     {'s', "Enviada em"},
                                     {'s', "Fecha"},
                                     {'s', "Data"},
                                     {'s', "Inviato"},
                                     {'s', "Verzonden"},
                                     {'s', "Wysłano"},
                                     {'s', "Wysłane"},
                                     {'s', "Odesláno"},
                                     {'s', "Odoslané"},
                                     {'s', "Skickat"},
                                     {'s', "Sendt"},
                                     {'s', "Dato"},
                                     {'s', "Lähetetty"},
                                     {'s', "Elküldve"},
                                     {'s', "Trimis"},
                                     {'s', "Στάλθηκε"},
                                     {'s', "Отправлено"},
                                     {'s', "Дата"},
                                     {'s', "Надіслано"},
                                     {'s', "Gönderildi"},
                                     {'s', "发送时间"},
                                     {'s', "日期"},
                                     {'s', "寄件日期"},
                                     {'s', "送信日時"},
                                     {'s', "日時"},
                                     {'s', "보낸 날짜"},
                                     {'s', "تاريخ الإرسال"},
                                     {'s', "نשלח"},
                                     {'s', "נשלח"},
                                     {'s', "Gửi"},
                                     {'s', "Dikirim"},
                                     {'t', "To"},
                                     {'t', "An"},
                                     {'t', "À"},
                                     {'t', "A"},
                                     {'t', "Para"},
                                     {'t', "Aan"},
                                     {'t', "Do"},
                                     {'t', "Komu"},
                                     {'t', "Till"},
                                     {'t', "Til"},
                                     {'t', "Vastaanottaja"},
                                     {'t', "Címzett"},
                                     {'t', "Către"},
                                     {'t', "Προς"},
                                     {'t', "Кому"},
                                     {'t', "Kime"},
                                     {'t', "收件人"},
                                     {'t', "收件者"},
                                     {'t', "宛先"},
                                     {'t', "받는 사람"},
                                     {'t', "إلى"},
                                     {'t', "אל"},
                                     {'t', "Kepada"},
                                     {'t', "Destinataire"},
                                     {'j', "Subject"},
                                     {'j', "Betreff"},
                                     {'j', "Objet"},
                                     {'j', "Asunto"},
                                     {'j', "Assunto"},
                                     {'j', "Oggetto"},
                                     {'j', "Onderwerp"},
                                     {'j', "Temat"},
                                     {'j', "Předmět"},
                                     {'j', "Predmet"},
                                     {'j', "Ämne"},
                                     {'j', "Emne"},
                                     {'j', "Aihe"},
                                     {'j', "Tárgy"},
                                     {'j', "Subiect"},
                                     {'j', "Θέμα"},
                                     {'j', "Тема"},
                                     {'j', "Konu"},
                                     {'j', "主题"},
                                     {'j', "主旨"},
                                     {'j', "件名"},
                                     {'j', "제목"},
                                     {'j', "الموضوع"},
                                     {'j', "נושא"},
                                     {'j', "Chủ đề"},
                                     {'j', "Subjek"},
                                     {'c', "Cc"},
                                     {'c', "CC"},
                                     {'c', "Kopie"},
                                     {'c', "Copie"},
                                     {'c', "DW"},
                                     {'c', "抄送"},
                                     {'c', "副本"},
                                     {'c', "참조"},
                                     {'c', "Копия"},
                                     {'r', "Reply-To"},
                                     {'r', "Antwort an"},
                                     {'r', "Importance"},
                                     {'r', "Priority"}};

}  // namespace

bool may_end_attribution(std::string_view line) {
  const std::string_view end = line.substr(line.size() > 24 ? line.size() - 24 : 0);
  return end.find(':') != std::string_view::npos || end.find("：") != std::string_view::npos ||
         end.find("のメール") != std::string_view::npos;
}

bool may_begin_attribution(std::string_view line) {
  line = without_marks(line);
  if (line.empty() || line.size() > longest_attribution) return false;
  if (std::any_of(std::begin(intros), std::end(intros),
                  [&](std::string_view intro) { return line.starts_with(intro); }))
    return true;
  return has_year(line) || line.find('@') != std::string_view::npos;
}

bool is_attribution(std::string_view line) {
  line = without_marks(line);
  const bool ends = line.ends_with(':') || line.ends_with("：");
  if (line.size() > longest_attribution || line.size() < 8) return false;
  const bool dated = has_year(line) || has_time(line);
  const bool named = line.find('@') != std::string_view::npos;
  if (!ends) return named && dated && line.ends_with("のメール");
  if (holds_one_of(line, wrote)) return dated || named;
  return dated && named && has_year(line) && has_time(line);  // some languages say no verb
}

bool is_separator(std::string_view line) {
  static constexpr std::string_view titles[] = {"Original Message",
                                                "Original message",
                                                "Forwarded message",
                                                "Forwarded Message",
                                                "Original Appointment",
                                                "Reply message",
                                                "Ursprüngliche Nachricht",
                                                "Originalnachricht",
                                                "Weitergeleitete Nachricht",
                                                "Original-Nachricht",
                                                "Message d'origine",
                                                "Message d’origine",
                                                "Message original",
                                                "Message transféré",
                                                "Message initial",
                                                "Mensaje original",
                                                "Mensaje reenviado",
                                                "Messaggio originale",
                                                "Messaggio inoltrato",
                                                "Oorspronkelijk bericht",
                                                "Doorgestuurd bericht",
                                                "Mensagem original",
                                                "Mensagem encaminhada",
                                                "Wiadomość oryginalna",
                                                "Oryginalna wiadomość",
                                                "Wiadomość przekazana",
                                                "Původní zpráva",
                                                "Přeposlaná zpráva",
                                                "Pôvodná správa",
                                                "Ursprungligt meddelande",
                                                "Vidarebefordrat meddelande",
                                                "Original meddelelse",
                                                "Oprindelig meddelelse",
                                                "Opprinnelig melding",
                                                "Videresendt melding",
                                                "Alkuperäinen viesti",
                                                "Eredeti üzenet",
                                                "Mesaj original",
                                                "Αρχικό μήνυμα",
                                                "Исходное сообщение",
                                                "Пересылаемое сообщение",
                                                "Оригинальное сообщение",
                                                "Оригінальне повідомлення",
                                                "Özgün İleti",
                                                "Orijinal Mesaj",
                                                "İletilen ileti",
                                                "原始邮件",
                                                "原始郵件",
                                                "转发的邮件",
                                                "邮件原件",
                                                "元のメッセージ",
                                                "転送されたメッセージ",
                                                "원본 메시지",
                                                "원본 메일",
                                                "الرسالة الأصلية",
                                                "رسالة معاد توجيهها",
                                                "הודעה מקורית",
                                                "Missatge original"};
  static constexpr std::string_view begins[] = {"Begin forwarded message",    "Anfang der weitergeleiteten",
                                                "Début du message réexpédié", "Début du message transféré",
                                                "Inizio messaggio inoltrato", "Inicio del mensaje reenviado",
                                                "Początek przekazywanej",     "Begin doorgestuurd bericht"};
  line = trim(line);
  if (line.starts_with("##-") && line.ends_with("-##")) return true;
  if (std::any_of(std::begin(begins), std::end(begins),
                  [&](std::string_view begin) { return line.starts_with(begin); }))
    return true;
  if (!line.starts_with("--") || line.size() > 120) return false;
  line.remove_prefix(std::min(line.find_first_not_of("- "), line.size()));
  return std::any_of(std::begin(titles), std::end(titles),
                     [&](std::string_view title) { return line.starts_with(title); });
}

char header_field(std::string_view line) {
  const auto colon = std::min(line.find(':'), line.find("：", 0));
  if (colon == std::string_view::npos || colon > 60) return 0;
  line = without_marks(line);
  for (const FieldName& known : field_names) {
    if (!line.starts_with(known.name)) continue;
    std::string_view rest = line.substr(known.name.size());
    if (rest.starts_with("*")) rest.remove_prefix(1);
    while (rest.starts_with(" ") || rest.starts_with("\xC2\xA0")) rest.remove_prefix(rest.front() == ' ' ? 1 : 2);
    if (rest.starts_with(":") || rest.starts_with("：")) return known.field;
  }
  return 0;
}

bool is_device_signature(std::string_view line) {
  static constexpr std::string_view phrases[] = {"Sent from my ",
                                                 "Sent from Mail for Windows",
                                                 "Sent from Outlook for",
                                                 "Sent from Yahoo Mail",
                                                 "Sent from Proton Mail",
                                                 "Sent with Proton",
                                                 "Get Outlook for ",
                                                 "Sent via ",
                                                 "Von meinem iPhone gesendet",
                                                 "Von meinem iPad gesendet",
                                                 "Gesendet von meinem",
                                                 "Gesendet von Mail",
                                                 "Von meinem Samsung",
                                                 "Diese Nachricht wurde von meinem Android",
                                                 "Envoyé de mon ",
                                                 "Envoyé depuis mon ",
                                                 "Envoyé à partir de",
                                                 "Télécharger Outlook pour",
                                                 "Enviado desde mi ",
                                                 "Enviado desde Outlook",
                                                 "Inviato da iPhone",
                                                 "Inviato dal mio ",
                                                 "Inviato da Outlook",
                                                 "Verzonden vanaf mijn",
                                                 "Verstuurd vanaf mijn",
                                                 "Enviado do meu ",
                                                 "Wysłane z mojego",
                                                 "Wysłano z iPhone",
                                                 "Wysłane z iPhone",
                                                 "Odesláno z iPhonu",
                                                 "Skickat från min",
                                                 "Sendt fra min",
                                                 "Lähetetty ",
                                                 "Отправлено с iPhone",
                                                 "Отправлено с моего",
                                                 "Отправлено из",
                                                 "Надіслано з",
                                                 "iPhone'umdan gönderildi",
                                                 "发自我的",
                                                 "從我的 iPhone 傳送",
                                                 "iPhoneから送信",
                                                 "나의 iPhone에서 보냄",
                                                 "تم الإرسال من",
                                                 "נשלח מה-iPhone"};
  line = trim(line);
  return line.size() <= 120 && std::any_of(std::begin(phrases), std::end(phrases),
                                           [&](std::string_view phrase) { return line.starts_with(phrase); });
}

}  // namespace jackfield::email
