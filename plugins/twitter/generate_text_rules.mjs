// Makes text_patterns.hpp and testdata/weighted_length.tsv from npm's twitter-text 3.1.0 (Apache-2.0) and the
// twemoji-parser it uses (MIT):   npm install twitter-text@3.1.0 && node generate_text_rules.mjs
import {createRequire} from 'node:module';
import {writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const require = createRequire(join(process.cwd(), 'x.js'));
const here = dirname(fileURLToPath(import.meta.url));
const load = name => { const made = require(name); return made.default || made; };
const rule = name => load('twitter-text/dist/regexp/' + name).source;
const {parseTweet} = require('twitter-text');

// ICU's engine sees code points where JavaScript's sees halves of pairs.
const point = (high, low) => '\\U' + ((parseInt(high, 16) - 0xd800) * 0x400 + parseInt(low, 16) - 0xdc00 + 0x10000).toString(16).padStart(8, '0');
const by_points = source => source
    .replace(/\\u(d[89ab]..)\[((?:\\ud[c-f]..-?)+)\]/g, (_, high, lows) => '[' + lows.replace(/\\u(d[c-f]..)/g, (__, low) => point(high, low)) + ']')
    .replace(/\\u(d[89ab]..)\\u(d[c-f]..)/g, (_, high, low) => point(high, low));

const literal = text => text.match(/[\s\S]{1,8000}/g).map(piece => `    R"~(${piece})~"`).join('\n');
const constant = (name, text) => `inline constexpr const char* ${name} =\n${literal(text)};\n`;
writeFileSync(join(here, 'text_patterns.hpp'), `// Made by generate_text_rules.mjs of twitter-text 3.1.0 (Copyright 2018 Twitter, Inc., Apache-2.0) and twemoji-parser
// 11.0.2 (Copyright Twitter Inc., MIT). Patterns for ICU's regular expressions. Not to be edited.
#pragma once

// clang-format off
namespace jackfield::twitter {

${constant('kUrlPattern', rule('extractUrl'))}
${constant('kAsciiDomainPattern', rule('validAsciiDomain'))}
${constant('kTcoUrlPattern', rule('validTcoUrl'))}
${constant('kEmojiPattern', by_points(load('twemoji-parser/dist/lib/regex.js').source))}
}  // namespace jackfield::twitter
`);

// Vectors: told ones, then made ones, seeded. No sequence that Unicode added later: there X and we count otherwise.
let seed = 20261121;
const below = n => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >>> 8) % n; };
const told = ['Hello, world! 👋', 'a'.repeat(280), 'a'.repeat(281), '漢'.repeat(140), '👨‍👩‍👧‍👦', '🇬🇧', '1️⃣', '™', '…', '€', '—', '’', 'café', 'cafe\u0301', 'Ж', '한', 'ก',
  'x https://a.co y', 'example.com', 'http://example.com.', 'foo@example.com', 'http://localhost/x', 'https://t.co/abcdefghij?x=1', 'https://t.co/' + 'a'.repeat(41),
  'see http://example.com/a_(b)_c, and (www.example.co.uk/path?q=1&r=2#top)', 'http://例え.テスト/', '例え.jp', 'éxample.com', 'example.comexample', 'ex.ample.com/foo', '-example.com', '@example.com/x',
  '#example.com', 'a.example.museum', 'http://a-b_c.example.org:8080/x', 'xn--80ak6aa92e.com', 'user@host.com http://x.y', 'http://foo.bar', 'https://example.com/漢字', 'HTTPS://EXAMPLE.COM/A', 'x.co.jp',
  '👍🏽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', '❤', '©', '©️', '#️⃣', '#⃣', '🏳️‍🌈', '👩🏾‍🚀', '🇺🇸🇫🇷🇩', '\u200d', '\ufe0f', '\u2010\u2020', 'a\u0301\u0302', 'ﬁ', '가', '𝒳', '𠮷'];
const pieces = ['a', 'b c', ' ', '\n', 'é', 'e\u0301', 'Ж', '漢', '字', '한국', 'ก', '…', '—', '“q”', '€', '™', '©', '👋', '👍🏽', '👨‍👩‍👧‍👦', '🇬🇧', '🇫', '1️⃣', '❤️', '🏳️‍🌈', '\u200d', '\ufe0f', '@ana', '#tag', '@', '#', '$', '.', ',', '/', '-', '_',
  ':', '(', ')', '?', '!', '=', '&', 'https://', 'http://', 'example.com', 'www.', 'a.co', 'sub.example.org', 't.co/Ab1', '/path', '/a_(b)', '?q=1', '#frag', ':80', 'foo@bar.com', 'テスト', '例.jp', 'com', 'localhost', '.com', 'xn--p1ai', '𝒳', '٣', 'ß', 'İ'];
const made = [];
for (let i = 0; i < 4000; ++i) made.push(Array.from({length: 1 + below(9)}, () => pieces[below(pieces.length)]).join(''));
const lines = [...new Set([...told, ...made])].map(text => parseTweet(text).weightedLength + '\t' + JSON.stringify(text).replace(/[\u007f-\uffff]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')));
writeFileSync(join(here, 'testdata', 'weighted_length.tsv'), lines.join('\n') + '\n');
