import { describe, expect, test } from "vitest";
import { load, mistakes } from "./testing.ts";

const BASE = `name: arcade
region: us-west-2
vpc: { maxAzs: 2 }
domain: { name: example.com, hostedZoneId: Z1234567890 }
`;
const SERVICE = "wake: always\nimage: x\ncompute: { on: fargate }\nports: [8080]\n";
const WORKER = SERVICE.replace("ports: [8080]\n", "");
const O = "leaves/orders.yaml";
const only = (text: string, base = "") => ({ "rouse.yaml": BASE + base, "leaves/game.yaml": null, [O]: text });
const orders = (more: string) => only(SERVICE + more);
const worker = (more: string) => only(WORKER + more);

const said: [string, Record<string, string | null>, string[]][] = [
  ["no compute", only(SERVICE.replace("compute: { on: fargate }\n", "")), [`${O}:1:1 compute | this key is required | -`]],
  [
    "what it would take to sleep",
    orders("watchdog: { idle: { for: 5m }, leftUp: { after: 1h } }\n"),
    [
      `${O}:5:13 watchdog.idle | watchdog.idle does not apply here: a service that is always on does not sleep | -`,
      `${O}:5:32 watchdog.leftUp | watchdog.leftUp does not apply here: a service that is always on does not sleep | -`,
    ],
  ],
  [
    "a worker with what ports would have",
    worker("route: /a\ndomain: a.example.com\n"),
    ["route", "domain"].map(
      (key, index) => `${O}:${4 + index}:1 ${key} | ${key} does not apply here: without ports it is a worker, which nothing reaches | -`,
    ),
  ],
  ["more minimum than maximum", orders("scale: { min: 3, max: 2 }\n"), [`${O}:5:23 scale.max | max (2) is less than min (3) | -`]],
  [
    "goals where nothing is scaled",
    orders("scale: { min: 2, cpu: 50 }\n"),
    [`${O}:5:18 scale.cpu | scale.cpu does not apply here: nothing is scaled: there are always 2 tasks | -`],
  ],
  ["a misspelt goal", orders("scale: { max: 2, cpus: 50 }\n"), [`${O}:5:18 scale.cpus | unknown key "cpus" | cpu`]],
  ["a misspelt visibility", orders("visibility: intern\n"), [`${O}:5:13 visibility | "intern" is not allowed here | internal`]],
  [
    "five patterns and a name",
    orders("domain: a.example.com\nroute: [/a, /b, /c, /d, /e]\n"),
    [`${O}:6:8 route | a rule of the load balancer takes 5 values, and domain is one of them | -`],
  ],
  [
    "a name outside the zone",
    orders("domain: a.example.org\n"),
    [`${O}:5:9 domain | a.example.org does not lie in example.com, the domain in rouse.yaml | a.example.com`],
  ],
  [
    "a name that another has",
    { ...orders("domain: a.example.com\n"), "leaves/shop.yaml": `${SERVICE}domain: a.example.com\n` },
    ["leaves/shop.yaml:5:9 domain | leaf orders has the domain a.example.com already | -"],
  ],
  [
    "settings of the public load balancer where there is none",
    only(`${SERVICE}visibility: internal\n`, "loadBalancer: { domain: api.example.com, idleTimeout: 90s, from: [203.0.113.0/24] }\n"),
    ["domain", "from"].map(
      (key) =>
        `rouse.yaml:5:${key === "domain" ? 17 : 60} loadBalancer.${key} | loadBalancer.${key} does not apply here: every leaf behind a load balancer is internal, and this is about the one that is open to everybody | -`,
    ),
  ],
];

describe("mistakes in a service that is always on", () => {
  test.each(said)("%s", async (_what, files, expected) => expect((await mistakes(files)).toSorted()).toEqual(expected.toSorted()));

  test("the twenty-sixth name is one too many for its load balancer", async () => {
    const named = (count: number, more = "") =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`leaves/s${i + 10}.yaml`, `${SERVICE}domain: s${i}.example.com\n${more}`]));
    const files = { "rouse.yaml": BASE, "leaves/game.yaml": null };
    expect(await mistakes({ ...files, ...named(26) })).toEqual([
      "leaves/s35.yaml:5:9 domain | a load balancer takes 25 certificates, and other leaves have them | -",
    ]);
    expect((await load({ ...files, ...named(25), [O]: `${SERVICE}visibility: internal\ndomain: o.example.com\n` })).ok).toBe(true);
  });
});
