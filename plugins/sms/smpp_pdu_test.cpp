#include "smpp_pdu.hpp"

#include <gtest/gtest.h>

#include <random>

#include "gsm_alphabet.hpp"
#include "smpp_inbound.hpp"
#include "smpp_submit.hpp"
#include "user_data_header.hpp"

namespace jackfield::sms::smpp {
namespace {

using namespace std::string_literals;

std::string bytes_of(std::string_view hex_text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex_text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex_text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

Pdu pdu_of(std::string_view hex_text) {
  Framer framer;
  framer.add(bytes_of(hex_text));
  const auto pdu = framer.next();
  EXPECT_TRUE(pdu);
  EXPECT_TRUE(framer.bytes().empty());
  return pdu.value_or(Pdu{});
}

std::string written(const Pdu& pdu) { return hex(write(pdu.command, pdu.status, pdu.sequence, pdu.body)); }

// What the npm package smpp made of them.
constexpr auto bind_vector = "000000270000000900000000000000017061746368626179007365637265743038000034000000";
constexpr auto submit_vector =
    "0000003900000004000000000000000200050041636d65000101343437373030393030303031000000000000010000000848692000201b653"
    "5";
constexpr auto receipt_vector =
    "000000a500000005000000000000000700010134343737303039303030303100050041636d65000400000000000000006669643a3566336120"
    "73"
    "75623a30303120646c7672643a303031207375626d697420646174653a3236313132313130303020646f6e6520646174653a32363131323131"
    "30303120737461743a44454c49565244206572723a30303020746578743a486920002035001e000535663361000427000102";
constexpr auto udh_vector =
    "0000003f00000004000000000000000900000000000034343737303039303030303100400000000000000800120500032a0201041f04400438"
    "04"
    "3204350442";
constexpr auto sar_vector =
    "0000004b0000000400000000000000100000003132333435000101343437373030393030303031000000000000010000000970617274206f6e"
    "65"
    "20020c00021234020e000102020f000101";
constexpr auto payload_vector =
    "00000042000000040000000000000011000000313233343500010134343737303039303030303100000000000000000800000424000c041f04"
    "40"
    "0438043204350442";

TEST(SmppPdu, BindIsWrittenAsOthersWriteIt) {
  const Pdu pdu = pdu_of(bind_vector);
  EXPECT_EQ(pdu.command, bind_transceiver);
  const auto bind = read_bind(pdu.body);
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->system_id, "patchbay");
  EXPECT_EQ(bind->password, "secret08");
  EXPECT_EQ(hex(write(bind_transceiver, 0, 1, write_bind(*bind))), bind_vector);
}

TEST(SmppPdu, SubmitIsReadAndWrittenAsOthersDo) {
  const auto message = read_short_message(pdu_of(submit_vector).body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->source, (Address{5, 0, "Acme"}));
  EXPECT_EQ(message->destination, (Address{1, 1, "447700900001"}));
  EXPECT_EQ(message->registered_delivery, 1);
  EXPECT_EQ(gsm_to_utf8(message->short_message), "Hi @ €5");
  EXPECT_EQ(hex(write(submit_sm, 0, 2, write_short_message(*message))), submit_vector);
}

TEST(SmppPdu, OurSubmitIsTheVector) {
  SmppSettings settings;
  settings.source = address_of("Acme");
  const auto submits = make_submits(segment_for("Hi @ €5", settings), "+447700900001", 1, settings);
  ASSERT_EQ(submits.size(), 1u);
  EXPECT_EQ(hex(write(submit_sm, 0, 2, write_short_message(submits[0]))), submit_vector);
}

TEST(SmppPdu, EveryVectorIsWrittenBackTheSame) {
  for (const auto* vector : {submit_vector, receipt_vector, udh_vector, sar_vector, payload_vector}) {
    const Pdu pdu = pdu_of(vector);
    const auto message = read_short_message(pdu.body);
    ASSERT_TRUE(message) << vector;
    EXPECT_EQ(hex(write(pdu.command, pdu.status, pdu.sequence, write_short_message(*message))), vector);
  }
  for (const auto* vector :
       {"00000010000000150000000000000003", "00000010800000150000000000000003", "00000010000000060000000000000004",
        "00000010800000000000000300000000", "00000010800000040000005800000011"})
    EXPECT_EQ(written(pdu_of(vector)), vector);
}

TEST(SmppPdu, ResponsesMayHaveNoBodyOrNoZero) {
  EXPECT_EQ(read_message_id(pdu_of("000000158000000400000000000000023566336100").body), "5f3a");
  EXPECT_EQ(read_message_id(pdu_of("00000010800000040000005800000011").body), "");
  EXPECT_EQ(read_message_id("5f3a"), "5f3a");
  EXPECT_FALSE(read_message_id(std::string(66, '1')));
}

TEST(SmppPdu, TextWithAZeroOctetIsNotCut) {
  const auto message = read_short_message(pdu_of(receipt_vector).body);
  ASSERT_TRUE(message);
  EXPECT_TRUE(gsm_to_utf8(message->short_message).ends_with("text:Hi @ 5"));
}

TEST(SmppPdu, InboundPartsAreReadFromEitherHeader) {
  std::string reason;
  const auto udh = read_inbound(*read_short_message(pdu_of(udh_vector).body), DefaultAlphabet::gsm, reason);
  ASSERT_TRUE(udh && udh->part);
  EXPECT_EQ(udh->text, "Привет");
  EXPECT_EQ(udh->part->reference, 0x2Au);
  EXPECT_EQ(udh->part->reference_bits, 8);
  EXPECT_EQ(udh->part->number, 1);
  const auto sar = read_inbound(*read_short_message(pdu_of(sar_vector).body), DefaultAlphabet::gsm, reason);
  ASSERT_TRUE(sar && sar->part);
  EXPECT_EQ(sar->text, "part one ");
  EXPECT_EQ(sar->part->reference, 0x1234u);
  EXPECT_EQ(sar->part->total, 2);
  const auto payload = read_inbound(*read_short_message(pdu_of(payload_vector).body), DefaultAlphabet::gsm, reason);
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->text, "Привет");
  EXPECT_FALSE(payload->part);
  EXPECT_EQ(payload->to, "+447700900001");
}

TEST(SmppPdu, BrokenBodiesAreRefused) {
  const std::string body = pdu_of(submit_vector).body;
  for (std::size_t length = 0; length < body.size(); ++length)
    EXPECT_FALSE(read_short_message(std::string_view(body).substr(0, length))) << length;
  EXPECT_FALSE(read_short_message(body + "\x00\x1e\x00"s));
  EXPECT_FALSE(read_short_message(body + "\x00\x1e\x00\x09id"s));
  EXPECT_FALSE(read_short_message("far too long\0"s + body));
}

TEST(Framer, CutsHoweverTheBytesCome) {
  const std::string bytes = bytes_of(bind_vector) + bytes_of(submit_vector) + bytes_of(bind_vector);
  for (std::size_t piece = 1; piece < 64; ++piece) {
    Framer framer;
    std::vector<std::uint32_t> commands;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      framer.add(std::string_view(bytes).substr(at, piece));
      while (const auto pdu = framer.next()) commands.push_back(pdu->command);
    }
    EXPECT_EQ(commands, (std::vector<std::uint32_t>{bind_transceiver, submit_sm, bind_transceiver}));
  }
}

TEST(Framer, IsLostAtALengthThatCannotBe) {
  for (const auto* vector : {"0000000f000000150000000000000001", "7fffffff000000150000000000000001"}) {
    Framer framer;
    framer.add(bytes_of(vector));
    EXPECT_FALSE(framer.next());
    EXPECT_TRUE(framer.is_lost());
  }
}

TEST(UserDataHeader, IsReadAsItWasWritten) {
  for (const std::uint8_t bits : {8, 16}) {
    const PartOf part{bits == 8 ? 0x2Au : 0x1234u, bits, 3, 2};
    const auto header = read_user_data_header(write_part_header(part) + "text");
    ASSERT_TRUE(header && header->part);
    EXPECT_EQ(header->length, bits == 8 ? 6u : 7u);
    EXPECT_EQ(header->part->reference, part.reference);
    EXPECT_EQ(header->part->reference_bits, bits);
    EXPECT_EQ(header->part->total, 3);
    EXPECT_EQ(header->part->number, 2);
  }
  EXPECT_EQ(hex(write_part_header({0x2A, 8, 2, 1})), "0500032a0201");
  EXPECT_EQ(hex(write_part_header({0x1234, 16, 2, 1})), "06080412340201");
}

TEST(UserDataHeader, PassesOverWhatItDoesNotKnow) {
  const auto header = read_user_data_header(bytes_of("0c05040b8423f07001aa240101") + "x");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->destination_port, 0x0B84);
  EXPECT_FALSE(read_user_data_header(bytes_of("050003")));        // longer than all there is
  EXPECT_FALSE(read_user_data_header(bytes_of("0500042a0201")));  // an element longer than the header
  EXPECT_FALSE(read_user_data_header(bytes_of("0400022a0161")));  // a part element of two octets
  EXPECT_FALSE(read_user_data_header(""));
  const auto outside = read_user_data_header(bytes_of("0500032a0203"));  // part 3 of 2
  ASSERT_TRUE(outside);
  EXPECT_FALSE(outside->part);
}

TEST(DataCoding, DecidesTheAlphabet) {
  const auto gsm = DefaultAlphabet::gsm;
  EXPECT_EQ(text_of("\x00\xE9"s, 0, DefaultAlphabet::latin1), "\0é"s);
  EXPECT_EQ(text_of("@\x05", 0, gsm), "¡é");
  EXPECT_EQ(text_of("@\xE9", 3, gsm), "@é");
  EXPECT_EQ(text_of("@", 1, gsm), "@");
  EXPECT_EQ(text_of("\xBF\xE0\xD8\xD2\xD5\xE2", 6, gsm), "Привет");
  EXPECT_EQ(text_of("\xF9\xEC\xE5\xED", 7, gsm), "שלום");
  EXPECT_EQ(text_of("\0A"s, 0x18, gsm), "A");
  EXPECT_EQ(text_of("\x05", 0x10, gsm), "é");
  EXPECT_EQ(text_of("\x05", 0xF0, gsm), "é");
  EXPECT_FALSE(text_of("\x05", 4, gsm));
  EXPECT_FALSE(text_of("\x05", 0xF4, gsm));
  EXPECT_FALSE(text_of("\x05", 5, gsm));
}

std::string any_text(std::mt19937& random) {
  static const std::vector<std::string> alphabet = {"a", "@", "€", "[", "é", "ж", "😀", "漢", "\n", " "};
  const std::size_t letters = random() % 2 ? 5 : alphabet.size();
  std::string text;
  for (std::size_t count = 1 + random() % 400; count > 0; --count) text += alphabet[random() % letters];
  return text;
}

// As the peer would see it: every way to send a long text, split and put together again in any order.
TEST(Submits, GiveTheTextBackInAnyOrder) {
  std::mt19937 random(11);
  for (int round = 0; round < 800; ++round) {
    SmppSettings settings;
    settings.source = address_of("+15550001");
    settings.long_messages = static_cast<LongMessages>(round % 4);
    settings.charset = static_cast<DefaultAlphabet>(round / 4 % 3);
    const std::string text = any_text(random);
    auto submits = make_submits(segment_for(text, settings), "+447700900001", 0x1234, settings);
    std::shuffle(submits.begin(), submits.end(), random);
    std::map<int, std::string> parts;
    for (const auto& submit : submits) {
      ASSERT_LE(submit.short_message.size(), 160u);
      const auto read = read_short_message(write_short_message(submit));
      ASSERT_TRUE(read);
      EXPECT_EQ(*read, submit);
      std::string reason;
      const auto inbound = read_inbound(*read, settings.charset, reason);
      ASSERT_TRUE(inbound) << reason;
      EXPECT_EQ(inbound->part.has_value(), submits.size() > 1);
      parts[inbound->part ? inbound->part->number : 1] = inbound->text;
    }
    std::string joined;
    for (const auto& [number, part] : parts) joined += part;
    ASSERT_EQ(joined, text);
  }
}

}  // namespace
}  // namespace jackfield::sms::smpp
