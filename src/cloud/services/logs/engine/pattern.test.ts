import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

const matches = (pattern: string, message: string | object): boolean =>
  compilePattern(pattern).matches(typeof message === "string" ? message : JSON.stringify(message));

const errors = ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "[ERROR 419] MISSING ARGUMENTS", "[ERROR 420] INVALID ARGUMENTS"];
const matching = (pattern: string, messages: readonly string[]): number[] =>
  messages.flatMap((message, index) => (matches(pattern, message) ? [index] : []));

describe("terms (the guide's own examples)", () => {
  test("an empty pattern matches everything", () => expect(matching("", [...errors, ""])).toEqual([0, 1, 2, 3, 4]));
  test("a quoted blank matches everything, also without a space in it", () => expect(matches('" "', "one")).toBe(true));
  test("one term", () => expect(matching("ERROR", errors)).toEqual([0, 1, 2, 3]));
  test("all terms must be there", () => expect(matching("ERROR ARGUMENTS", errors)).toEqual([2, 3]));
  test("a term is found inside a word", () => expect(matches("ERROR", "Exiting with ERRORCODE: -1")).toBe(true));
  test("case counts", () => expect(matches("error", "ERROR")).toBe(false));
  test("optional terms: one is enough", () => expect(matching("?BAD ?MISSING", errors)).toEqual([0, 2]));
  test("optional terms are ignored beside others", () => {
    expect(
      matching("?ERROR ?ARGUMENTS REQUEST", ["[INFO] REQUEST FAILED", "[WARN] UNAUTHORIZED REQUEST", "[ERROR] 400 BAD REQUEST", "ERROR"]),
    ).toEqual([0, 1, 2]);
  });
  test("an exact phrase", () =>
    expect(matching('"INTERNAL SERVER ERROR"', ["[ERROR 500] INTERNAL SERVER ERROR", "ERROR INTERNAL SERVER"])).toEqual([0]));
  test("an excluded term", () => expect(matching("ERROR -ARGUMENTS", errors)).toEqual([0, 1]));
  test("an excluded phrase, with a space after the minus", () => expect(matches('"ERROR" - "Exiting"', "Exiting with ERRORCODE: -1")).toBe(false));
  test("only an excluded term", () => expect(matching("-ARGUMENTS", errors)).toEqual([0, 1]));
  test("a quotation mark inside a phrase", () => expect(matches(String.raw`"say \"hi\""`, 'I say "hi"')).toBe(true));
  test("a regular expression", () => expect(matching("%AUTHORIZED%", [...errors, "[SUCCESS 200] AUTHORIZED REQUEST"])).toEqual([1, 4]));
  test.each(["a.b", "a*", "a|b", "(a)", '"open', "%open", "foo/bar"])("refuses %s", (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/^Invalid filter pattern/);
  });
});

describe("regular expressions", () => {
  test.each<[string, string, boolean]>([
    ["%^[hc]at%", "hat", true],
    ["%^[hc]at%", "a hat", false],
    ["%[hc]at$%", "the cat", true],
    ["%colou?r%", "color", true],
    ["%^a{3,5}$%", "aaaa", true],
    ["%^a{3,5}$%", "aa", false],
    ["%^a{,2}$%", "aa", true],
    ["%^a{,2}$%", "aaa", false],
    ["%gra|ey%", "grey", true],
    ["%^starting|^initializing|^shutting down%", "shutting down now", true],
    ["%^starting|^initializing|^shutting down%", "skipping initializing", false],
    [String.raw`%\[.\]%`, "x[7]y", true],
    [String.raw`%10\.10\.0\.1%`, "from 10.10.0.1", true],
    [String.raw`%10\.10\.0\.1%`, "10010,051", false],
    ["%ab*c%", "ac", true],
    ["%ab+c%", "ac", false],
    [String.raw`%^\d\s\w$%`, "1 a", true],
    [String.raw`%\x28x\x29%`, "f(x)", true],
  ])("%s on %s is %s", (pattern, message, expected) => expect(matches(pattern, message)).toBe(expected));
  test.each(["%something!%", "%(a)%", "%é%", String.raw`%\(%`, "%[a%", "%%"])("refuses %s", (pattern) =>
    expect(() => compilePattern(pattern)).toThrow(/Invalid filter pattern/),
  );
});

describe("JSON patterns", () => {
  const trail = {
    eventType: "UpdateTrail",
    sourceIPAddress: "111.111.111.111",
    arrayKey: ["value", "another value"],
    objectList: [
      { name: "a", id: 1 },
      { name: "b", id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    "cluster.name": "c",
    number: [1000],
    users: [1, 2, 3],
    latency: 50,
  };
  test.each<[string, boolean]>([
    ['{ $.eventType = "UpdateTrail" }', true],
    ["{ $.eventType = UpdateTrail }", true],
    ["{ $.eventType = Update* }", true],
    ["{ $.eventType = *Trail }", true],
    ["{ $.eventType = Up*Trail }", false],
    ['{ $.eventType = "updatetrail" }', false],
    ["{ $.sourceIPAddress != 123.123.* }", true],
    ["{ $.sourceIPAddress != 111.111.* }", false],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.arrayKey[1] = "value" }', false],
    ['{ $.eventType[0] = "U" }', false],
    ["{ $.objectList[1].id = 2 }", true],
    ["{ $.eventType = %Trail% }", true],
    ["{ $.arrayKey[*] = %val.{2}% }", true],
    [String.raw`{ $.* = %111\.111\.111\.1[0-9]{1,2}% }`, true],
    ["{ $.['cluster.name'] = \"c\" }", true],
    ["{ $.SomeObject IS NULL }", true],
    ["{ $.eventType IS NULL }", false],
    ["{ $.ThisFlag IS TRUE }", true],
    ["{ $.ThisFlag IS FALSE }", false],
    ["{ $.SomeOtherObject NOT EXISTS }", true],
    ["{ $.eventType NOT EXISTS }", false],
    ["{ $.SomeOtherObject != x }", false],
    ["{ $.number[0] = 1e+3 }", true],
    ["{ $.number[0] != 1e-3 }", true],
    ["{ $.latency > +49.5 }", true],
    ["{ $.latency >= 50 }", true],
    ["{ $.latency < 50 }", false],
    ["{ $.latency = * }", true],
    ["{ $.users = 1 }", false],
    ["{ $.users != 1 }", false],
  ])("%s is %s", (pattern, expected) => expect(matches(pattern, trail)).toBe(expected));

  const person = {
    user: { id: 1, email: "John.Stiles@example.com" },
    users: [
      { id: 2, email: "John.Doe@example.com" },
      { id: 3, email: "Jane.Doe@example.com" },
    ],
    actions: ["GET", "PUT", "DELETE"],
    coordinates: [
      [0, 1, 2],
      [4, 5, 6],
    ],
  };
  test.each<[string, boolean]>([
    ['{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', true],
    ['{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }', true],
    ['{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }', false],
    ['{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', false],
    ["{ $.coordinates[1][2] = 6 }", true],
    ["{$.user.id=1&&$.actions[0]=GET}", true],
  ])("%s is %s", (pattern, expected) => expect(matches(pattern, person)).toBe(expected));

  test("what is no JSON does not match", () => expect(matches("{ $.a NOT EXISTS }", "plain text")).toBe(false));
  test.each([
    "{ $.a }",
    "{ $.a = }",
    "{ a = 1 }",
    "{ $.a = 1",
    "{ $.a IS NOT }",
    "{ $.a > x }",
    "{ $.a.*.* = 1 }",
    "{ $.a = 1 } x",
    "{ $ = 1 }",
    "{ $.a = %a% || $.b = %b% || $.c = %c% }",
    "{}",
  ])("refuses %s", (pattern) => expect(() => compilePattern(pattern)).toThrow(/Invalid filter pattern/));
  test("a field is read by its selector", () => expect(compilePattern("{ $.latency = * }").field(JSON.stringify(trail), "$.latency")).toBe(50));
});

describe("space-delimited patterns", () => {
  const line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  test.each<[string, boolean]>([
    ["[ip, user, username, timestamp, request, status_code, bytes]", true],
    [String.raw`[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]`, true],
    ["[..., request =*.html*, status_code = 4*, bytes]", true],
    ["[..., request=*.html*, status_code=4*,]", true],
    ["[ip, user, ..., status_code, bytes]", true],
    ["[ip, user, ...]", true],
    ["[ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes]", true],
    ["[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]", false],
    ["[ip, user, username, timestamp, request, status_code = 4* && bytes > 1000, bytes]", true],
    ["[ip, user, username, timestamp, request, status_code = 200, bytes]", false],
    ["[ip, user, username, timestamp, request, status_code, bytes > 1534]", false],
    ["[ip, user, username, timestamp, request, status_code, bytes >= 1534]", true],
    ["[ip, user, username, timestamp, request, status_code, bytes, more]", false],
    ["[ip, user, username, timestamp, request, status_code, (bytes = 1 || bytes = 1534)]", true],
    ['[ip, user = "Prod", ...]', true],
  ])("%s is %s", (pattern, expected) => expect(matches(pattern, line)).toBe(expected));

  const events = [
    "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
    "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
    "WARNING 09/25/2014 12:00:02 Invalid user request",
    "ERROR 09/25/2014 12:00:02 Failed to process request",
  ];
  test.each<[string, number[]]>([
    ["[w1=ERROR, w2]", [3]],
    ["[w1=ERROR || w1=WARNING, w2]", [2, 3]],
    ["[w1!=ERROR && w1!=WARNING, w2]", [0, 1]],
    ["[w1=!ERROR&&w1=!WARNING, w2]", [0, 1]],
    ["[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", [0]],
    ["[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", [1]],
  ])("%s", (pattern, expected) => expect(matching(pattern, events)).toEqual(expected));

  test("fields come out by name, and by number without one", () => {
    expect(compilePattern("[..., request=*.html*, status_code=4*,]").extract(line)).toEqual({
      $1: "127.0.0.1",
      $2: "Prod",
      $3: "frank",
      $4: "10/Oct/2000:13:25:15 -0700",
      $request: "GET /index.html HTTP/1.0",
      $status_code: "404",
      $7: "1534",
    });
  });

  describe("on a Route 53 query log", () => {
    const query = "1.0 2026-01-05T00:00:00.000Z Z123412341234 hello.example.com A NOERROR UDP FRA6 127.0.0.1 -";
    test("the exact name and type match", () =>
      expect(matches('[version, time, zone, name = "hello.example.com", type = "A", ...]', query)).toBe(true));
    test.each(["_tcp.hello.example.com A", "x.hello.example.com A", "hello.example.com AAAA", "hello.example.com.evil.org A"])(
      "%s does not",
      (other) => {
        expect(matches('[version, time, zone, name = "hello.example.com", type = "A", ...]', query.replace("hello.example.com A", other))).toBe(
          false,
        );
      },
    );
    test("a resolver's mixed case needs a regular expression", () => {
      const pattern = String.raw`[v, t, zone, name = %^[Hh][Ii]\.example\.com$%, type = A, ...]`;
      expect(matches(pattern, query.replace("hello", "hI"))).toBe(true);
      expect(matches(pattern, query.replace("hello.", "hIx"))).toBe(false);
    });
  });
  test.each(["[", "[a b]", "[a = ]", "[..., ...]", "[a] b", "[a = %x% , b = %y%, c = %z%]", "[a > b]", "[=3]"])("refuses %s", (pattern) =>
    expect(() => compilePattern(pattern)).toThrow(/Invalid filter pattern/),
  );
});
