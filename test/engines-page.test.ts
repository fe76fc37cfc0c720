import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bad, isRecord, readInvocation } from "../src/functions/shared/engine-request.ts";
import { ENGINE_EVENTS } from "../src/functions/shared/names.ts";
import { readStarts } from "../src/functions/start-engines/request.ts";
import { readStop } from "../src/functions/stop-engines/request.ts";
import { load } from "../src/config/testing.ts";

/** docs/engines.md: what it shows is configuration that loads, and events that the functions understand. */
const page = await readFile(join(import.meta.dirname, "../docs/engines.md"), "utf8");

/** The blocks of a language below each heading of the second level. */
const sections = page.split(/^## /m).map((text) => ({
  title: text.split("\n")[0]!,
  blocks: (language: string): string[] => [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1]!),
}));
const all = (language: string): string[] => sections.flatMap(({ blocks }) => blocks(language));

/** Files of YAML blocks, by the name in their first line. */
const filesOf = (blocks: readonly string[]): Record<string, string> =>
  Object.fromEntries(blocks.map((text) => [/^# ([\w/.]+\.yaml)/.exec(text)?.[1] ?? `a block without a file: ${text}`, text]));

const withYaml = sections.filter(({ blocks }) => blocks("yaml").length > 0);
const first = filesOf(withYaml[0]!.blocks("yaml"));

test("it begins with a whole project", () => expect(Object.keys(first)).toEqual(["rouse.yaml", "leaves/auth.yaml"]));

test.each(withYaml.map(({ title, blocks }) => [title, filesOf(blocks("yaml"))]))("the YAML of “%s” loads", async (_title, files) => {
  const loaded = await load({ "leaves/game.yaml": null, "leaves/auth/Dockerfile": "FROM scratch\n", ...first, ...files });
  expect(loaded.ok ? [] : loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
});

const KNOWN = ["auth", "batch", "fa", "pdf", "users"];

/** What a start or stop says that the function does not take; undefined where it takes it. */
function refusal(detailType: string, request: Readonly<Record<string, unknown>> | undefined): unknown {
  if (!request) return bad("no request");
  const read = detailType === ENGINE_EVENTS.stop ? readStop(request, KNOWN) : readStarts(request, KNOWN);
  return "statusCode" in read ? read : undefined;
}

describe("the events", () => {
  const json = all("json").map((text) => JSON.parse(text) as Record<string, unknown>);
  const events = json.filter((each) => "detail-type" in each);

  test.each(events.map((event) => [event["detail-type"] as string, event]))("%s is understood: %j", (detailType, event) => {
    expect(event["source"]).toBe(ENGINE_EVENTS.source);
    expect([ENGINE_EVENTS.start, ENGINE_EVENTS.stop]).toContain(detailType);
    expect(refusal(detailType, readInvocation(event).request)).toBeUndefined();
  });

  test("there is a start and a stop", () => {
    expect(new Set(events.map((event) => event["detail-type"]))).toEqual(new Set([ENGINE_EVENTS.start, ENGINE_EVENTS.stop]));
  });

  test("so are those that programs and the shell send", () => {
    const entries = all("sh").flatMap((text) => [...text.matchAll(/--entries '(\[.*?\])'/gs)].map((match) => match[1]!));
    expect(entries).toHaveLength(1);
    for (const entry of entries.flatMap((text) => JSON.parse(text) as { Source: string; DetailType: string; Detail: string }[])) {
      expect(entry.Source).toBe(ENGINE_EVENTS.source);
      const request: unknown = JSON.parse(entry.Detail);
      expect(refusal(entry.DetailType, isRecord(request) ? request : undefined)).toBeUndefined();
    }
    const payloads = all("sh").flatMap((text) => [...text.matchAll(/(?:--payload|-d) '(\{.*?\})'/g)].map((match) => match[1]!));
    expect(payloads).toHaveLength(2);
    for (const payload of payloads) expect(refusal(ENGINE_EVENTS.start, readInvocation(JSON.parse(payload)).request)).toBeUndefined();
    for (const text of [...all("python").slice(0, 1), ...all("csharp")]) {
      expect(text).toMatch(new RegExp(`Source"?:? ?=? ?"${ENGINE_EVENTS.source.replace(".", "\\.")}"`));
      expect(text).toMatch(new RegExp(`DetailType"?:? ?=? ?"${ENGINE_EVENTS.start}"`));
    }
  });

  test("the overrides are those that the function knows", () => {
    const table = /### Overrides[\s\S]*?(?=```)/.exec(page)![0];
    const named = [...table.matchAll(/^\| (`[^|]+)\|/gm)].flatMap((row) => [...row[1]!.matchAll(/`(\w+)`/g)].map((match) => match[1]!));
    const answer = readStarts({ service: "auth", nothing: 1 }, KNOWN);
    const valid = ("statusCode" in answer ? answer.body["valid"] : []) as string[];
    expect(named.toSorted()).toEqual(valid.filter((key) => !["service", "services"].includes(key)).toSorted());
  });
});
