import { describe, expect, test } from "vitest";
import { BASE, LEAF, load } from "./testing.ts";

const QUEUE = "https://sqs.us-west-2.amazonaws.com/111111111111/jobs";
const of = (service: string, rest: string) => `arn:aws:${service}:us-west-2:111111111111:${rest}`;
const KEPT = "{secret: name, key: key} or {parameter: name}";

/** Mistakes as `line:column key | message | what is allowed | suggestion`. */
async function found(files: Record<string, string>): Promise<string[]> {
  const loaded = await load(files);
  return loaded.ok
    ? []
    : loaded.problems.map((each) => `${each.line}:${each.column} ${each.key} | ${each.message} | ${each.allowed} | ${each.suggestion ?? "-"}`);
}
const inLeaf = (more: string) => found({ "leaves/game.yaml": `${LEAF}${more}\n` });
const inBase = (more: string) => found({ "rouse.yaml": `${BASE}${more}\n` });
const secret = (text: string) => inLeaf(`secrets: { A: ${text} }`);
const may = (text: string) => inLeaf(`permissions: ${text}`);

describe("secrets", () => {
  test.each<[string, string, string]>([
    ["a value", "b", `15 secrets.A | "b" is not allowed here | ${KEPT} | -`],
    ["both", "{ secret: x, parameter: y }", `28 secrets.A.parameter | secret and parameter exclude each other | ${KEPT} | -`],
    [
      "a key of a parameter",
      "{ parameter: x, key: b }",
      "31 secrets.A.key | secrets.A.key does not apply here: a parameter is one value | no key, or secret: name | -",
    ],
    [
      "a key with a colon",
      "{ secret: x, key: 'a:b' }",
      `33 secrets.A.key | "a:b" is not valid here | a key of the secret's JSON, without a colon | a-b`,
    ],
    ["a misspelt key", "{ secrt: x }", '17 secrets.A.secrt | unknown key "secrt" | secret, key, encryptionKey, parameter | secret'],
    ["neither", "{ key: x }", `15 secrets.A.secret | neither secret nor parameter says where it is kept | ${KEPT} | -`],
    ["a number", "{ secret: 5 }", '25 secrets.A.secret | 5 is not a text | a name such as orders/db, or an ARN | "5"'],
    [
      "a parameter's ARN",
      `{ secret: "${of("ssm", "parameter/x")}" }`,
      "25 secrets.A.secret | this is an ARN of ssm, and not of secretsmanager | a name such as orders/db, or an ARN | -",
    ],
    [
      "an ARN with a key in it",
      `{ secret: "${of("secretsmanager", "secret:x:password::")}" }`,
      `25 secrets.A.secret | "${of("secretsmanager", "secret:x:password::")}" is no ARN of a secret | a name such as orders/db, or an ARN | -`,
    ],
    ["all secrets", "{ secret: 'orders/*' }", '25 secrets.A.secret | "orders/*" is no name of a secret | a name such as orders/db, or an ARN | -'],
    [
      "a slash too many",
      "{ parameter: /a//b/ }",
      '28 secrets.A.parameter | "/a//b/" is no name of a parameter | a name such as /orders/api-key, or an ARN | /a/b',
    ],
  ])("with %s", async (_what, text, expected) => expect(await secret(text)).toEqual([`5:${expected}`]));

  test("with nothing, in the leaf's own file; in an overlay it takes the secret back", async () => {
    expect(await inLeaf("secrets:\n  A:")).toEqual([`6:3 secrets.A | nothing stands here | ${KEPT} | -`]);
    const files = { "leaves/game.yaml": `${LEAF}secrets: { A: { secret: x } }\n` };
    expect(await found({ ...files, "leaves/game.local.yaml": "secrets: { A: null }\n" })).toEqual([]);
    expect(await found({ ...files, "leaves/game.local.yaml": "secrets: { A: { parameter: y } }\n" })).toEqual([
      `1:17 secrets.A.parameter | secret and parameter exclude each other | ${KEPT} | secret: null beside it`,
    ]);
  });

  test("as variables that are set, too", async () => {
    expect(await inLeaf("environment: { A: x }\nsecrets: { A: { secret: x } }")).toEqual([
      "6:12 secrets.A | A is in environment, too | each variable in one of the two | -",
    ]);
    const task =
      "wake: { schedule: rate(1 hour), input: { environment: { A: x } } }\nimage: x\ncompute: { on: fargate }\nsecrets: { A: { secret: x } }\n";
    expect(await found({ "leaves/game.yaml": task })).toEqual([
      "4:12 secrets.A | A is in wake.input.environment, too | each variable in one of the two | -",
    ]);
  });
});

describe("permissions", () => {
  const BUCKET = "a bucket's name, perhaps with the beginning of keys (bucket/prefix/*), or an ARN";
  test.each<[string, string, string]>([
    [
      "a word",
      "s3",
      '14 permissions | "s3" is not allowed here | a map such as {s3: {read: [bucket]}, statements: [{actions, resources}]}, or a list of statements | -',
    ],
    ["a misspelt verb", "{ s3: { reads: [b] } }", '22 permissions.s3.reads | unknown key "reads" | read, write | read'],
    ["another verb", "{ lambda: { call: [f] } }", '26 permissions.lambda.call | unknown key "call" | invoke | -'],
    [
      "another service",
      "{ S3: { read: [b] } }",
      '16 permissions.S3 | unknown key "S3" | s3, dynamodb, sqs, sns, events, lambda, secrets, parameters, statements | s3',
    ],
    ["a list in place of verbs", "{ s3: [b] }", "20 permissions.s3 | a list is not a map | {read: [bucket], write: [bucket]} | -"],
    ["no verb", "{ sns: {} }", "21 permissions.sns | it allows nothing | {publish: [name]} | -"],
    ["no name", "{ s3: { read: [] } }", `28 permissions.s3.read | the list is too short | a list: ${BUCKET} | -`],
    ["one name", "{ s3: { read: b } }", `28 permissions.s3.read | "b" is not a list | a list: ${BUCKET} | [b]`],
    [
      "a bucket in capitals",
      "{ s3: { read: [My_Bucket] } }",
      `29 permissions.s3.read[0] | "My_Bucket" is no name of a bucket | ${BUCKET} | my-bucket`,
    ],
    ["a bucket's address", "{ s3: { read: ['s3://b/x/'] } }", `29 permissions.s3.read[0] | "s3://b/x/" is no name of a bucket | ${BUCKET} | b/x/*`],
    [
      "an ARN of something else",
      `{ s3: { read: ["${of("sqs", "q")}"] } }`,
      `29 permissions.s3.read[0] | this is an ARN of sqs, and not of s3 | ${BUCKET} | -`,
    ],
    [
      "a queue's address",
      `{ sqs: { send: ["${QUEUE}"] } }`,
      `30 permissions.sqs.send[0] | "${QUEUE}" is no name of a queue | a queue's name or ARN | ${of("sqs", "jobs")}`,
    ],
    [
      "an index",
      `{ dynamodb: { read: ["${of("dynamodb", "table/x/index/y")}"] } }`,
      `35 permissions.dynamodb.read[0] | "${of("dynamodb", "table/x/index/y")}" is no ARN of a table | a table's name or ARN | -`,
    ],
  ])("with %s", async (_what, text, expected) => expect(await may(text)).toEqual([`5:${expected}`]));

  const ACTION = "service:Action, such as s3:GetObject; * stands for any characters";
  test.each<[string, string, string]>([
    [
      "an action of no service",
      "{ actions: [GetObject], resources: ['*'] }",
      `12 .actions[0] | "GetObject" does not say of which service it is an action | ${ACTION} | -`,
    ],
    [
      "an action with a dot",
      "{ actions: [S3.GetObject], resources: ['*'] }",
      `12 .actions[0] | "S3.GetObject" does not say of which service it is an action | ${ACTION} | s3:GetObject`,
    ],
    ["no resources", "{ actions: [s3:GetObject] }", "0 .resources | this key is required | a list of ARNs, such as [arn:aws:s3:::bucket/*] | -"],
    [
      "a name as a resource",
      "{ actions: [s3:GetObject], resources: [b] }",
      '39 .resources[0] | "b" is not an ARN | an ARN such as arn:aws:s3:::bucket/*, or * | -',
    ],
    ["no action", "{ resources: ['*'] }", "0 .actions | this key is required | a list of actions, such as [s3:GetObject] | -"],
    ["a lower-case effect", "{ effect: allow, actions: ['*'], resources: ['*'] }", '10 .effect | "allow" is not allowed here | Allow, Deny | Allow'],
    [
      "a condition of no operator",
      "{ actions: ['*'], resources: ['*'], conditions: { StringEquals: x } }",
      '64 .conditions.StringEquals | "x" is not a map | a map from a key to what it is compared with, such as {aws:SourceAccount: …} | -',
    ],
    [
      "a name that a short form has",
      "{ sid: ReadObjects, actions: ['*'], resources: ['*'] }",
      "7 .sid | ReadObjects is the name of a statement that a short form makes | each name once | -",
    ],
  ])("a statement with %s", async (_what, text, expected) => {
    const [, column, rest] = /^(\d+) (.*)$/.exec(expected)!;
    expect(await may(`[${text}]`)).toEqual([`5:${15 + Number(column)} permissions[0]${rest}`]);
    expect(await may(`{ statements: [${text}] }`)).toEqual([`5:${29 + Number(column)} permissions.statements[0]${rest}`]);
  });

  test("two statements with one name", async () =>
    expect(await may("[{ sid: A, actions: ['*'], resources: ['*'] }, { sid: A, actions: ['*'], resources: ['*'] }]")).toEqual([
      "5:68 permissions[1].sid | A is there twice | each name once | -",
    ]));

  test("nothing after a service", async () =>
    expect(await inLeaf("permissions:\n  s3:\n    read:\n  sqs:")).toEqual([
      "7:5 permissions.s3.read | nothing stands here | a list of names | -",
      "8:3 permissions.sqs | nothing stands here | {send: [name], receive: [name]} | -",
    ]));

  test("all that may stand there", async () =>
    expect(
      await may(
        `{ s3: { read: [b, b.c/d/*, 'logs-*', "arn:aws:s3:::b/x"] }, sqs: { send: [a.fifo, "${of("sqs", "b")}"] }, lambda: { invoke: ["resize:live"] }, parameters: { read: [/orders/*] }, dynamodb: { read: ["${of("dynamodb", "table/x")}"] }, sns: { publish: ["${of("sns", "x")}"] }, events: { put: [default, "${of("events", "event-bus/x")}"] }, secrets: { read: ["${of("secretsmanager", "secret:x-AbCdEf")}"] }, statements: [{ actions: ["s3:*", "*"], resources: ["*", "arn:aws:s3:::*"], conditions: { StringLike: { "s3:prefix": [a, b] } } }] }`,
      ),
    ).toEqual([]));
});

describe("what rouse.yaml says of all resources", () => {
  const NAMES = "at most 128 letters, digits, spaces and _ . : / = + - @, not beginning with aws: or rouse:";
  const VALUES = "at most 256 letters, digits, spaces and _ . : / = + - @";
  const DAYS = "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653";
  test.each<[string, string]>([
    ["tags: { 'Rouse:x': y }", `9 tags.Rouse:x | "Rouse:x" is not a valid name of a tag | ${NAMES} | -`],
    ["tags: { awsApplication: x }", `9 tags.awsApplication | "awsApplication" is not a valid name of a tag | ${NAMES} | -`],
    ["tags: { a: 'x!' }", `12 tags.a | "x!" is no value of a tag | ${VALUES} | -`],
    ["tags: { a: { b: c } }", `12 tags.a | a map is not a text | ${VALUES} | -`],
    ["tags: { a: }", "9 tags.a | nothing stands here | a text, or no such key | -"],
    ["tags: { Team: x, team: y }", "18 tags.team | for roles Team and team are one tag | each name once | -"],
    [`tags: { ${Array.from({ length: 46 }, (_, i) => `t${i}: x`).join(", ")} }`, "1 tags | 46 tags are more than a resource takes | at most 45 | -"],
    ["logs: { retention: 8 }", `20 logs.retention | 8 is not allowed here | ${DAYS} | 7`],
    ["logs: { retention: 30d }", `20 logs.retention | "30d" is not allowed here | ${DAYS} | 30`],
    ["logs: { retention: '30' }", `20 logs.retention | "30" is not allowed here | ${DAYS} | 30`],
    ["logs: { retention: never }", `20 logs.retention | "never" is not allowed here | ${DAYS} | -`],
    ["logs: 7", "7 logs | 7 is not a map | {retention: days} | -"],
    ["containerInsights: enhance", '20 containerInsights | "enhance" is not allowed here | false, true, enhanced | enhanced'],
    ["containerInsights: enabled", '20 containerInsights | "enabled" is not allowed here | false, true, enhanced | true'],
    ["containerInsights: off", '20 containerInsights | "off" is not allowed here | false, true, enhanced | false'],
    ["containerInsights: { on: true }", "20 containerInsights | a map is not allowed here | false, true, enhanced | -"],
    ["appRegistry: yes", '14 appRegistry | "yes" is not true or false | true or false | true'],
  ])("%s", async (text, expected) => expect(await inBase(text)).toEqual([`6:${expected}`]));

  test("days that come from the environment", async () => {
    const loaded = await load({ "rouse.yaml": `${BASE}logs: { retention: "\${DAYS}" }\n` }, { env: { DAYS: "30" } });
    expect(loaded.ok && loaded.project.base.logs.retention).toBe(30);
  });
});
