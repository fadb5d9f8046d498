#include <gmime/gmime.h>
#include <gumbo.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <stdexcept>
#include <string>

#include "load.hpp"
#include "measure.hpp"
#include "plugins/email/mime_reader.hpp"
#include "plugins/twitter/decode.hpp"
#include "plugins/twitter/encode.hpp"
#include "plugins/whatsapp/decode.hpp"
#include "plugins/whatsapp/encode.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

// A mail as a person writes it: no HTML, quoted-printable, the headers that servers add on the way.
std::string sample_mail() {
  std::string mail =
      "Return-Path: <ana@example.com>\r\n"
      "Received: from mx1.example.net (mx1.example.net [192.0.2.10]) by mail.example.org with ESMTPS id 4Xq1 for "
      "<support@example.org>; "
      "Sat, 21 Nov 2026 09:29:58 +0000\r\n"
      "Received: from [198.51.100.7] by mx1.example.net with ESMTPSA id 77aa; Sat, 21 Nov 2026 09:29:55 +0000\r\n"
      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject:date:message-id; "
      "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; "
      "b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"
      "From: =?utf-8?Q?Ana_Mart=C3=ADn?= <ana@example.com>\r\n"
      "To: Support <support@example.org>\r\n"
      "Subject: =?utf-8?Q?Colis_non_re=C3=A7u_=28commande_4711=29?=\r\n"
      "Date: Sat, 21 Nov 2026 10:29:50 +0100\r\n"
      "Message-ID: <20261121102950.4711@example.com>\r\n"
      "In-Reply-To: <m2-0001@example.org>\r\n"
      "References: <m1-0001@example.org> <m2-0001@example.org>\r\n"
      "User-Agent: Mozilla Thunderbird\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  for (int i = 0; i < 12; ++i)
    mail +=
        "Bonjour, j'ai command=C3=A9 une cafeti=C3=A8re la semaine derni=C3=A8re et=20\r\n"
        "le suivi dit qu'elle est livr=C3=A9e, mais je n'ai rien re=C3=A7u jusqu'ici.\r\n\r\n";
  return mail;
}

// The same as HTML, as Outlook writes it.
std::string sample_html_mail() {
  std::string mail = sample_mail();
  mail.erase(mail.find("Content-Type:"));
  mail +=
      "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
      "<html><head><style>p.MsoNormal{margin:0cm}</style></head><body lang=\"fr\"><div class=\"WordSection1\">";
  for (int i = 0; i < 24; ++i)
    mail +=
        "<p class=\"MsoNormal\" style=\"margin:0cm;font-family:Calibri\"><span lang=\"FR\" "
        "style=\"font-size:11.0pt;color:#1F497D\">Bonjour, j'ai commandé <b>une cafetière</b> la semaine dernière et "
        "<a href=\"https://shop.example/orders/4711\">le suivi</a> dit qu'elle est "
        "livrée&nbsp;!<o:p></o:p></span></p>\r\n";
  return mail + "</div></body></html>\r\n";
}

void parse_json(const std::string& body) {
  unsigned char first[16 * 1024];
  boost::json::monotonic_resource memory(first, sizeof first);
  const auto tree = boost::json::parse(body, &memory);
  if (!tree.is_object()) throw std::runtime_error("the sample is no object");
}

void decode_whatsapp(const std::string& body) {
  const auto decoded = whatsapp::decode(body);
  if (decoded.count != 1 || decoded.undecodable != 0)
    throw std::runtime_error("the sample was not decoded: " + decoded.events);
}

// As X's documentation shows one, with what its payloads carry along.
std::string sample_direct_message() {
  return R"({"data":{"event_uuid":"-6850147521830462","filter":{"user_id":"1000001"},"event_type":"dm.received",)"
         R"("tag":"jackfield/x","payload":{"direct_message_events":[{"type":"message_create","id":"2080765901528535096",)"
         R"("created_timestamp":"1784928224372","message_create":{"target":{"recipient_id":"1000001"},"sender_id":"222333444",)"
         R"("message_data":{"text":"Bonjour, mon colis n'est pas arriv\u00e9 : https://t.co/AbCdEfGhIj","entities":{"urls":)"
         R"([{"url":"https://t.co/AbCdEfGhIj","expanded_url":"https://example.com/suivi/4711","display_url":)"
         R"("example.com/suivi/4711","indices":[38,61]}],"hashtags":[],"symbols":[],"user_mentions":[]}}}}],"users":{)"
         R"("222333444":{"data":{"id":"222333444","name":"Ana Mart\u00edn","username":"ana_martin","profile_image_url":)"
         R"("https://pbs.twimg.com/profile_images/1/a_normal.jpg"}}}}}})";
}

std::string sample_reply() {
  return R"({"id":"0akxqxk680000","conversation":"0akxqxk680001","channel":"x","to":[{"address":"twitter:222333444"}],)"
         R"("scope":"","visibility":"private","subject":null,"text":"Bonjour Ana, nous cherchons votre colis.","parts":)"
         R"([{"type":"text","text":"Bonjour Ana, nous cherchons votre colis."}],"template":null,"reply_to":)"
         R"({"provider_id":"2080765901528535096","subject":null,"quote":false},"references":["2080765901528535096"],)"
         R"("correlation":"0akxqxk680000","account":null})";
}

void decode_twitter(const std::string& body) {
  const auto decoded = twitter::decode(body);
  if (decoded.count != 1 || decoded.undecodable != 0)
    throw std::runtime_error("the sample was not decoded: " + decoded.events);
}

void encode_twitter(const std::string& message) {
  static const twitter::Settings settings;
  const auto encoded = twitter::encode(message, settings);
  if (encoded.requests.size() != 1 || encoded.requests.front().body({}).empty())
    throw std::runtime_error("the sample was not encoded: " + encoded.detail);
}

std::string sample_whatsapp_reply() {
  return R"({"id":"0akpeqa600003","correlation":"0akpeqa600003","conversation":"0akpeqa600001","channel":"whatsapp-eu",)"
         R"("to":[{"address":"whatsapp:33612345678","name":"Ana"}],"scope":null,"visibility":"private",)"
         R"("author":{"name":"bob"},"addresses":[{"address":"whatsapp:33612345678","scope":null},)"
         R"({"address":"whatsapp:FR.1349120865530274","scope":"WABA1"}],"subject":null,)"
         R"("text":"Bonjour Ana, votre colis est arriv\u00e9 au d\u00e9p\u00f4t ce matin.","parts":[{"type":"text",)"
         R"("text":"Bonjour Ana, votre colis est arriv\u00e9 au d\u00e9p\u00f4t ce matin."}],"template":null,)"
         R"("reply_to":{"provider_id":"wamid.HBgLMzM2MTIzNDU2NzgVAgASGBQzQTdGNTg=","subject":null,"quote":true},"references":[]})";
}

void encode_whatsapp(const std::string& message) {
  const auto encoded = whatsapp::encode(message);
  if (encoded.requests.size() != 1) throw std::runtime_error("the sample was not encoded: " + encoded.detail);
}

void parse_mime(const std::string& mail) {
  GMimeStream* stream = g_mime_stream_mem_new_with_buffer(mail.data(), mail.size());
  GMimeParser* parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage* message = g_mime_parser_construct_message(parser, nullptr);
  if (!message) throw std::runtime_error("GMime does not parse the sample");
  g_object_unref(message);
  g_object_unref(parser);
  g_object_unref(stream);
}

void parse_mime_and_html(const std::string& mail) {
  parse_mime(mail);
  const std::size_t body = mail.find("\r\n\r\n") + 4;
  GumboOutput* tree = gumbo_parse_with_options(&kGumboDefaultOptions, mail.data() + body, mail.size() - body);
  gumbo_destroy_output(&kGumboDefaultOptions, tree);
}

void decode_mail(const std::string& mail) {
  const auto event = email::read_mail(mail, {"ana@example.com", {"support@example.org"}}, {}, 1795000000000,
                                      [](std::string_view) { return std::string(64, 'a'); });
  if (!event || !event->starts_with(R"({"type":"message")"))
    throw std::runtime_error("the sample was not decoded: " + event.value_or("nothing"));
}

using Work = void (*)(const std::string&);

double microseconds(Work work, const std::string& input, double seconds) {
  double count = 0, took = 0;
  const double begin = steady_ms();
  for (; took < seconds * 1000; took = steady_ms() - begin, count += 16)
    for (int i = 0; i < 16; ++i) work(input);
  return took * 1000 / count;
}

void compare(const Options& options, Table& table, const std::string& what, const std::string& input, Work decode,
             const std::string& with, Work bare, double reach) {
  std::vector<double> ours, theirs, ratios;
  for (int i = 0; i < options.pairs; ++i) {
    theirs.push_back(microseconds(bare, input, options.seconds / 8));
    ours.push_back(microseconds(decode, input, options.seconds / 8));
    ratios.push_back(theirs.back() / ours.back());
  }
  table.add({what + ", " + grouped(static_cast<double>(input.size())) + " bytes", decimal(median(ours), 1) + " µs",
             with + ' ' + decimal(median(theirs), 1) + " µs", percent(ratios), "≥ " + decimal(reach * 100, 0) + " %",
             median(ratios) >= reach});
}

}  // namespace

void measure_decode(const Options& options, Table& table) {
  g_mime_init();
  compare(options, table, "decode of a WhatsApp text to event JSON", Webhooks::sample_body(), decode_whatsapp,
          "Boost.JSON parse", parse_json, 0.33);
  compare(options, table, "decode of an X direct message to event JSON", sample_direct_message(), decode_twitter,
          "Boost.JSON parse", parse_json, 0.33);
  compare(options, table, "encode of an X direct message to its request", sample_reply(), encode_twitter,
          "Boost.JSON parse", parse_json, 0.33);
  compare(options, table, "encode of a reply for WhatsApp", sample_whatsapp_reply(), encode_whatsapp,
          "Boost.JSON parse", parse_json, 0.33);
  compare(options, table, "decode of a plain mail to event JSON", sample_mail(), decode_mail, "GMime parse", parse_mime,
          0.60);
  compare(options, table, "decode of an HTML mail to event JSON", sample_html_mail(), decode_mail,
          "GMime and Gumbo parse", parse_mime_and_html, 0.60);
  table.note(
      "Bare Boost.JSON parses into a monotonic resource on the stack, as the connector does; bare GMime builds the "
      "message and decodes no part of it.");
}

}  // namespace jackfield::bench
