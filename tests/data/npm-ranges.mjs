// Writes npm-ranges.json: the answers of npm's own semver for ranges and versions.
//   npm install semver && node npm-ranges.mjs > npm-ranges.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const semver = require("semver");

const versions = [
  "0.0.0", "0.0.1", "0.0.2", "0.0.3-beta", "0.0.3", "0.0.4", "0.1.0-0", "0.1.0", "0.1.2", "0.1.3", "0.2.0", "0.2.3-alpha.1", "0.2.3", "0.2.4",
  "0.3.0", "0.10.0", "1.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0", "1.1.9",
  "1.2.0-0", "1.2.0-rc.1", "1.2.0", "1.2.2", "1.2.3-0", "1.2.3-alpha", "1.2.3-beta.2", "1.2.3-rc.1", "1.2.3", "1.2.3+build.5", "1.2.4-rc.1", "1.2.4",
  "1.2.10", "1.3.0-0", "1.3.0-alpha", "1.3.0", "1.9.9", "1.10.0", "2.0.0-0", "2.0.0-alpha", "2.0.0-rc.1", "2.0.0", "2.0.1", "2.3.4", "2.4.0-0",
  "2.4.0", "3.0.0-rc.1", "3.0.0", "10.0.0", "99.99.99-x.7.z.92", "100.0.0",
];

const chosen = [
  "*", "x", "X", "1", "1.x", "1.X", "1.*", "1.x.x", "1.2", "1.2.x", "1.2.*", "x.2.3", "1.x.3", "1.2.x-rc.1", "v1", "v1.2", "v1.2.x", "=1.2", "=1.2.3",
  "=v1.2.3", "0", "0.0", "0.x", "0.0.x", "^1", "^1.x", "^1.2", "^1.2.x", "^1.2.3", "^v1.2.3", "^1.2.3-beta.2", "^1.2.3-0", "^1.2.3+build.1", "^0",
  "^0.0", "^0.0.x", "^0.1", "^0.2.3", "^0.2.3-alpha", "^0.0.3", "^0.0.3-beta", "^0.0.0", "^*", "^x", "~1", "~1.2", "~1.2.x", "~1.2.3", "~v1.2.3",
  "~1.2.3-beta.2", "~0", "~0.2", "~0.2.3", "~0.0.3-beta", "~*", "~>1.2", "~>1.2.3", "~> 1.2.3", ">1", ">1.2", ">1.2.3", ">1.2.x", ">1.x", ">*", ">x",
  ">=1", ">=1.2", ">=1.2.3", ">=1.2.x", ">=*", "<1", "<1.2", "<1.2.3", "<1.2.x", "<*", "<=1", "<=1.2", "<=1.2.3", "<=1.2.x", "<=*", ">1.2.3-alpha",
  ">=1.2.3-alpha", "<1.2.3-rc.1", "<=1.2.3-rc.1", "=1.2.3-rc.1", ">=1.0.0-alpha <1.0.0-rc.1", ">1.0.0-alpha <1.0.0", ">=1.2.3-alpha <2.0.0-alpha",
  ">=2.0.0-0 <2.0.0-0", ">=2.0.0-0 <=2.0.0-0", "<2.0.0-0", "<=2.0.0-0", "<0.0.0-0", ">=0.0.0", ">=0.0.0-0", ">=1.2 <2", ">= 1.2 < 2", ">=1.2.3 <1.2.4",
  ">1.2.3 <1.2.4", ">2 <1", "=1.2.3 =1.2.4", "1.2.3 1.2.3", "^1.2 <1.3", "^1.2 ^1.3", "~1.2 >1.2.3", "1.2 - 2.3", "1.2.3 - 2.3.4", "1.2.3-alpha - 2.0.0-rc.1",
  "1 - 2", "1.2.3 - 2", "1.2 - 2.x", "* - 2", "1 - *", "x - x", "1.2.3 - 1.2.3", "2 - 1", "v1.2 - v2", "1 || 2", "1||2", "^1.2 || ^2", "1.2.3 || >=2 <3",
  "0.x || 1.2.3-rc.1", "~1.2.3-alpha || 2 - 3", "<1 || >2", "1.2.7 || >=1.2.9 <2.0.0", "^2 || ^1.2.3-alpha || 0.0.3-beta", "<0 || >99", "  ^1.2  ",
  "^1.2  <1.9", ">=1.2.3+b <2+b", "1.2.3 || 1.2.3", "^ 1.2", "~ 1.2", "= 1.2", "> 1.2", ">=99.99.99-x.7.z.1", "^100",
];

const refused = [
  "foo", "^", "~", ">=", "^foo", "1.2-rc", "1-rc", ">=1.2<2", "1.2.3.4", "01.2", "1.02", "^1.2.3-01", "1.2.3-", "1,2", "1.2 -2.3", "1 - 2 - 3", "^^1", "=>1.2",
  "!1", "1..2", ".1", "1.", "1.2.", "&&", "1 && 2", "1 | 2", "latest", "1.2.3 -", "- 1.2.3", "^1 - 2", "1 - <2", "><1", "$1", "1.x.x.x",
];

// Ranges put together at random; the generator is Park and Miller's, so that the file can be made again.
let state = 20261121;
const below = (n) => (state = (state * 48271) % 2147483647) % n;
const pick = (list) => list[below(list.length)];
const number = () => pick(["0", "1", "1", "2", "3", "10", "x", "*"]);
const prerelease = () => (below(3) ? "" : `-${pick(["0", "alpha", "beta.2", "rc.1", "rc"])}`);
const partial = () => pick([() => number(), () => `${number()}.${number()}`, () => `${number()}.${number()}.${number()}`, () => `1.2.3${prerelease()}`,
  () => `${pick(["0.0.3", "1.0.0", "2.0.0"])}${prerelease()}`])();
const condition = () => pick(["", "", "^", "~", ">", ">=", "<", "<=", "="]) + partial();
const alternative = () => (below(6) ? Array.from({ length: 1 + below(2) }, condition).join(" ") : `${partial()} - ${partial()}`);
// Ours refuses a number after an x also where npm takes it for an x.
const random = Array.from({ length: 400 }, () => Array.from({ length: 1 + below(2) }, alternative).join(" || "))
  .filter((range) => !/[x*]\.[0-9]/.test(range));

const answers = (range) => {
  if (semver.validRange(range) === null) return null;
  return versions.map((version) => (semver.satisfies(version, range) ? "1" : "0")).join("");
};
const table = Object.fromEntries([...chosen, ...refused, ...random].map((range) => [range, answers(range)]));
const library = JSON.parse(readFileSync(require.resolve("semver/package.json"))).version;
console.log(JSON.stringify({ semver: library, versions, ranges: table }, null, 0).replaceAll('","', '",\n"'));
