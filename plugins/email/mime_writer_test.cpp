#include "mime_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "mime_reader.hpp"
#include "outbound.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

OutboundMail reply() {
  OutboundMail mail;
  mail.from = {"Support", "support@example.com"};
  mail.to = {{"Ana", "ana@example.net"}};
  mail.subject = "Re: Hello";
  mail.text = "Good day";
  mail.message_id = "1.2@example.com";
  mail.date_ms = 1795262400000;
  return mail;
}

// Every line ends in CRLF and is at most 78 characters, every byte is ASCII.
void expect_wire_form(const std::string& bytes) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_LT(static_cast<unsigned char>(bytes[i]), 0x80) << "at " << i;
    if (bytes[i] == '\n') {
      ASSERT_TRUE(i > 0 && bytes[i - 1] == '\r') << "bare LF at " << i;
      line = 0;
    } else if (++line > 79) {
      FAIL() << "line too long at " << i << ": " << bytes.substr(i - 79, 80);
    }
  }
  EXPECT_TRUE(bytes.ends_with("\r\n"));
}

json::object back(const std::string& bytes) {
  const auto event = read_mail(bytes, {"x@example.com", {}}, {}, 1795262400000,
                               [](std::string_view blob) { return testkit::sha256_hex(blob); });
  return json::parse(*event).as_object();
}

TEST(MimeWriter, WritesTheHeadersOfAReply) {
  OutboundMail mail = reply();
  mail.in_reply_to = "second@example.net";
  mail.references = {"first@example.net", "second@example.net"};
  const std::string bytes = write_mail(mail);
  expect_wire_form(bytes);
  for (const char* line :
       {"From: Support <support@example.com>\r\n", "To: Ana <ana@example.net>\r\n", "Subject: Re: Hello\r\n",
        "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n", "Message-Id: <1.2@example.com>\r\n",
        "In-Reply-To: <second@example.net>\r\n", "References: <first@example.net> <second@example.net>\r\n",
        "MIME-Version: 1.0\r\n", "\r\n\r\nGood day\r\n"})
    EXPECT_THAT(bytes, HasSubstr(line));
}

TEST(MimeWriter, WhatItWritesIsReadBack) {
  OutboundMail mail = reply();
  mail.from.name = "Støtte, \"vakt\"";
  mail.subject =
      "Re: Zażółć gęślą jaźń, a very long subject that has to be folded over several lines 你好世界你好世界你好世界";
  mail.text = "Grüße\n.\n..dots\nFrom here\n" + std::string(300, 'x') + "\n日本語 \n";
  mail.files = {{"Rechnung für Kundé, a long name that needs continuation in its parameter.pdf", "application/pdf",
                 std::string("%PDF\0\xFF\r\n.\r\n", 11)}};
  for (int i = 0; i < 20; ++i)
    mail.references.push_back("a-rather-long-reference-" + std::to_string(i) + "@example.net");
  const std::string bytes = write_mail(mail);
  expect_wire_form(bytes);
  const json::object event = back(bytes);
  EXPECT_EQ(event.at("subject"), json::value(mail.subject));
  EXPECT_EQ(event.at("from").at("name"), json::value(mail.from.name));
  EXPECT_EQ(event.at("threads").as_array().size(), 20u);
  EXPECT_EQ(event.at("parts").as_array()[0].at("text"),
            json::value("Grüße\n.\n..dots\nFrom here\n" + std::string(300, 'x') + "\n日本語"));
  EXPECT_EQ(event.at("parts").as_array()[1].at("name"), json::value(mail.files[0].name));
  EXPECT_EQ(event.at("parts").as_array()[1].at("blob"), json::value(testkit::sha256_hex(mail.files[0].bytes)));
}

TEST(MimeWriter, NoValueCanAddAHeader) {
  const std::string evil = "x\r\nBcc: victim@example.org\r\n\r\nbody";
  OutboundMail mail = reply();
  mail.from.name = evil;
  mail.to[0].name = evil;
  mail.subject = evil;
  mail.message_id = "a@b>\r\nBcc: <victim@example.org";
  mail.in_reply_to = evil;
  mail.references = {evil, "fine@example.net", "<nested>"};
  mail.files = {{evil, "text/plain\r\nBcc: victim@example.org", "data"}, {"a\"; name=\"b", evil, "data"}};
  const std::string bytes = write_mail(mail);
  expect_wire_form(bytes);
  EXPECT_THAT(bytes, Not(HasSubstr("\nBcc")));
  EXPECT_THAT(bytes, HasSubstr("References: <fine@example.net>\r\n"));
  EXPECT_EQ(back(bytes).at("to").as_array().size(), 1u);
}

TEST(MimeWriter, AddressThatIsNoneIsLeftOut) {
  OutboundMail mail = reply();
  mail.to.push_back({"", "victim@example.org>\r\nBcc: <b@example.org"});
  EXPECT_THAT(write_mail(mail), Not(HasSubstr("victim")));
}

const OwnMail own("a key for tests", "support-mail", {"Support", "support@example.com"}, {"support@example.com"});

Outbound outbound(const std::string& json, const Composition& composition = {}) {
  return read_outbound(json, "0abc", own, composition);
}

TEST(Outbound, ReplyIsThreadedUnderWhatItAnswers) {
  const std::string id = own.message_id("0abc");
  const Outbound out = outbound(
      R"({"to":[{"address":"mailto:ana@example.net","name":"Ana"}],"text":"hi","parts":[{"type":"text","text":"hi"}],
          "reply_to":{"provider_id":"b@x","subject":"Hello"},"references":["a@x","b@x","c@x",")" +
      id + R"("]})");
  EXPECT_EQ(out.refusal, "");
  EXPECT_EQ(out.mail.message_id, id);
  EXPECT_EQ(out.mail.to[0].address, "ana@example.net");
  EXPECT_EQ(out.mail.subject, "Re: Hello");
  EXPECT_EQ(out.mail.in_reply_to, "b@x");
  EXPECT_THAT(out.mail.references, testing::ElementsAre("a@x", "c@x", "b@x"));
}

TEST(Outbound, LongThreadsKeepTheirBeginningAndTheirEnd) {
  std::string ids;
  for (int i = 0; i < 50; ++i) ids += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "@x\"";
  const Outbound out = outbound(R"({"to":[{"address":"mailto:a@b.example"}],"text":"x","references":[)" + ids + "]}");
  EXPECT_EQ(out.mail.references.size(), 20u);
  EXPECT_EQ(out.mail.references.front(), "0@x");
  EXPECT_EQ(out.mail.references[1], "31@x");
  EXPECT_EQ(out.mail.references.back(), "49@x");
}

TEST(Outbound, GivenSubjectStaysAndMarkedOnesAreNotMarkedTwice) {
  const auto subject = [](const char* fields) {
    return outbound(std::string(R"({"to":[{"address":"mailto:a@b.example"}],"text":"x",)") + fields + "}").mail.subject;
  };
  EXPECT_EQ(subject(R"("subject":"News")"), "News");
  EXPECT_EQ(subject(R"("reply_to":{"provider_id":"x","subject":"RE: News"})"), "RE: News");
  EXPECT_EQ(subject(R"("subject":"Hello","reply_to":{"provider_id":"x","subject":"Hello"})"), "Re: Hello");
  EXPECT_EQ(subject(R"("subject":"Hello","reply_to":{"provider_id":"x","subject":"Re: Hello"})"), "Re: Hello");
  EXPECT_EQ(subject(R"("subject":"Other","reply_to":{"provider_id":"x","subject":"Hello"})"), "Other");
  EXPECT_EQ(subject(R"("subject":null,"reply_to":{"provider_id":"x","subject":"AW: News"})"), "AW: News");
}

TEST(Outbound, WhatCannotBeAMailIsRefused) {
  EXPECT_TRUE(outbound(R"({"text":"x","to":[{"address":"tel:+33"}]})").bad_recipient);
  EXPECT_TRUE(outbound(R"({"text":"x","to":[{"address":"mailto:a@b\r\nBcc: c@d"}]})").bad_recipient);
  EXPECT_TRUE(outbound(R"({"text":"x","to":[]})").bad_recipient);
  EXPECT_EQ(outbound(R"({"text":"x","to":[{"address":"mailto:a@b"}],"parts":[{"type":"location"}]})").refusal,
            "a mail cannot hold a part of type location");
  EXPECT_EQ(outbound(R"({"text":"","to":[{"address":"mailto:a@b"}]})").refusal, "the message is empty");
  EXPECT_EQ(outbound("[").refusal, "the message is no JSON object");
}

TEST(Outbound, InternationalDomainsAreWrittenInAsciiAndInternationalNamesRefused) {
  const auto to = [](const char* address) {
    return outbound(std::string(R"({"text":"x","to":[{"address":"mailto:)") + address + "\"}]}");
  };
  EXPECT_EQ(to("ana@bücher.example").mail.to.at(0).address, "ana@xn--bcher-kva.example");
  EXPECT_TRUE(to("añá@example.com").bad_recipient);
  EXPECT_THAT(to("añá@example.com").refusal, HasSubstr("SMTPUTF8"));
}

TEST(Outbound, AnswersAreAskedForAtASignedAddress) {
  const std::string asked = outbound(R"({"text":"x","to":[{"address":"mailto:a@b.example"}]})").mail.reply_to;
  EXPECT_THAT(asked, testing::MatchesRegex("support\\+0abc\\.[0-9a-f]{16}@example\\.com"));
  EXPECT_EQ(own.answered(asked), own.message_id("0abc"));
  Composition without;
  without.plus_addresses = false;
  EXPECT_EQ(outbound(R"({"text":"x","to":[{"address":"mailto:a@b.example"}]})", without).mail.reply_to, "");
}

TEST(Outbound, TemplatesAndSignatureAreFilledIn) {
  Composition composition;
  composition.signature = "{{author}}, Support";
  composition.templates["sent"] = {"Parcel {{number}}", "Dear {{ name }},\nit left: https://x.example/{{number}}."};
  const Outbound out = outbound(
      R"({"to":[{"address":"mailto:a@b.example"}],"author":{"name":"Ana"},"reply_to":{"provider_id":"1@x","subject":"Where?"},
          "parts":[{"type":"template","name":"sent","parameters":{"number":7,"name":"<Bob>"}}]})",
      composition);
  EXPECT_EQ(out.refusal, "");
  EXPECT_EQ(out.mail.subject, "Parcel 7");
  EXPECT_EQ(out.mail.text, "Dear <Bob>,\nit left: https://x.example/7.\n\n-- \nAna, Support");
  EXPECT_THAT(out.mail.html,
              HasSubstr("Dear &lt;Bob&gt;,<br>\r\nit left: <a href=\"https://x.example/7\">https://x.example/7</a>."));
  EXPECT_EQ(
      outbound(R"({"to":[{"address":"mailto:a@b.example"}],"parts":[{"type":"template","name":"other"}]})").refusal,
      "no template of this channel is called other");
}

TEST(Outbound, ImagesMayStandInTheText) {
  Outbound out = outbound(
      R"({"to":[{"address":"mailto:a@b.example"}],"parts":[{"type":"text","text":"before"},
          {"type":"media","blob":"b1","name":"a.png","media_type":"image/png","disposition":"inline"},
          {"type":"text","text":"after"},{"type":"media","blob":"b2","name":"b.pdf","media_type":"application/pdf"}]})");
  EXPECT_EQ(out.refusal, "");
  out.mail.files.at(0).bytes = "PNG";
  out.mail.files.at(1).bytes = "PDF";
  const std::string bytes = write_mail(out.mail);
  expect_wire_form(bytes);
  const json::object event = back(bytes);
  EXPECT_THAT(std::string(event.at("html").as_string()), HasSubstr("<img src=\"cid:"));
  EXPECT_EQ(event.at("parts").at(0).at("text"), "before\n\nafter");
  EXPECT_EQ(event.at("parts").at(1).at("disposition"), "inline");
  EXPECT_EQ(event.at("parts").at(2).at("disposition"), "attachment");
}

TEST(MimeWriter, AutomaticMailsSaySo) {
  OutboundMail mail = reply();
  EXPECT_THAT(write_mail(mail), Not(HasSubstr("Auto-Submitted")));
  mail.automatic = true;
  EXPECT_THAT(write_mail(mail), HasSubstr("Auto-Submitted: auto-generated\r\n"));
  mail.in_reply_to = "1@x";
  const std::string bytes = write_mail(mail);
  EXPECT_THAT(bytes, HasSubstr("Auto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(bytes, HasSubstr("X-Auto-Response-Suppress: All\r\n"));
  EXPECT_EQ(back(bytes).at("automatic"), "reply");
}

}  // namespace
}  // namespace jackfield::email
