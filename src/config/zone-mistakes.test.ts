import { expect, test } from "vitest";
import { BASE, LEAF, mistakes } from "./testing.ts";

/** Names that do not fit into the zones. */

const leaf = (more: string) => ({ "leaves/game.yaml": LEAF + more });
const zone = (said: string) => ({ "rouse.yaml": BASE.replace("Z1234567890", `Z1234567890, zone: ${said}`) });
const perLeaf = zone("perLeaf");

const cases: [string, Record<string, string>, string[]][] = [
  [
    "two leaves with the same domain in the zone that they share",
    { "leaves/other.yaml": `${LEAF}domain: game.arcade.example.com\n` },
    ["leaves/other.yaml:5:9 domain | leaf game has the domain game.arcade.example.com already | -"],
  ],
  [
    "two leaves with the same domain, each with a zone of its own",
    { ...perLeaf, "leaves/other.yaml": `${LEAF}domain: game.example.com\n` },
    ["leaves/other.yaml:5:9 domain | leaf game has the domain game.example.com already | -"],
  ],
  [
    "a domain below that of another leaf",
    { ...perLeaf, "leaves/other.yaml": `${LEAF}domain: a.game.example.com\n` },
    [
      "leaves/other.yaml:5:9 domain | a.game.example.com and game.example.com (leaf game) lie one below the other; each leaf has a zone of its own | -",
    ],
  ],
  [
    "a domain deeper in the zone that leaves share",
    leaf("domain: a.b.arcade.example.com\n"),
    [
      "leaves/game.yaml:5:9 domain | a.b.arcade.example.com lies deeper than one label below arcade.example.com, the zone that leaves share | a.arcade.example.com",
    ],
  ],
  [
    "a domain that is the zone that leaves share",
    leaf("domain: arcade.example.com\n"),
    ["leaves/game.yaml:5:9 domain | arcade.example.com is the zone that leaves share | arcade.arcade.example.com"],
  ],
  [
    "a domain above the zone that leaves share",
    { ...zone("eu.games.example.com"), ...leaf("domain: games.example.com\n") },
    ["leaves/game.yaml:5:9 domain | below games.example.com is the zone that leaves share, eu.games.example.com | games.eu.games.example.com"],
  ],
  [
    "a zone outside the root zone",
    zone("games.example.org"),
    ["rouse.yaml:3:63 domain.zone | games.example.org does not lie below example.com, the name beside it | games.example.com"],
  ],
  [
    "the root zone as the zone of leaves",
    zone("example.com"),
    ["rouse.yaml:3:63 domain.zone | example.com does not lie below example.com, the name beside it | arcade.example.com"],
  ],
  ["a zone that is neither a name nor perLeaf", zone("per-leaf"), ['rouse.yaml:3:63 domain.zone | "per-leaf" is not a domain name | perLeaf']],
];

test.each(cases)("%s", async (_, files, expected) => {
  expect(await mistakes(files)).toEqual(expected);
});
