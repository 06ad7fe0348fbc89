#include "codec/hash.h"

#include <gtest/gtest.h>

#include <vector>

namespace stargate::codec {
namespace {

TEST(Hash, Sha256MatchesFips180) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::vector<std::string_view> pieces = {"a", "", "bc"};
  EXPECT_EQ(sha256(pieces), sha256("abc"));
}

TEST(Hash, HmacMatchesRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hash, Sha1) { EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"); }

TEST(Hash, Crc32ContinuesAcrossPieces) {
  EXPECT_EQ(crc32(0, "123456789"), 0xCBF43926U);
  EXPECT_EQ(crc32(crc32(crc32(0, "1234"), ""), "56789"), 0xCBF43926U);
  EXPECT_EQ(crc32(0, std::string_view()), 0U);
}

TEST(Base64, MatchesRfc4648) {
  const std::vector<std::pair<std::string_view, std::string_view>> vectors = {{"", ""},
                                                                              {"f", "Zg=="},
                                                                              {"fo", "Zm8="},
                                                                              {"foo", "Zm9v"},
                                                                              {"foob", "Zm9vYg=="},
                                                                              {"fooba", "Zm9vYmE="},
                                                                              {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64_encode(plain), text);
    EXPECT_EQ(base64_decode(text), plain);
  }
  EXPECT_EQ(base64_decode("Zm8"), "fo");
  EXPECT_EQ(base64_decode("Zg"), "f");
}

TEST(Base64, ComesBackForEveryLengthAndByte) {
  std::string plain;
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(plain)), plain);
    plain.push_back(static_cast<char>(i * 37 + 11));
  }
}

TEST(Base64, RefusesWhatIsNotBase64AndLeavesTheOutputAlone) {
  for (const std::string_view text : {"Z", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zm9v=", "Zh==", "Zm9=", "Zm9v\n",
                                      "Zm 9v", "Zm9-", "Zm_v", "Zg==Zg==", "Z\xc3\xa9=="}) {
    std::string out = "kept";
    EXPECT_FALSE(base64_decode_append(out, text)) << text;
    EXPECT_EQ(out, "kept");
  }
}

TEST(Base64, RefusesAForeignByteAtAnyPlace) {
  const std::string text = base64_encode(std::string(120, 'q'));
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      if (byte == '=') continue;  // may be padding
      const bool good = alphabet.find(static_cast<char>(byte)) != std::string::npos;
      EXPECT_EQ(base64_decode(changed).has_value(), good) << at << ' ' << byte;
    }
  }
}

}  // namespace
}  // namespace stargate::codec
