import { describe, expect, test } from "vitest";
import type { Ask } from "./cloudformation.ts";
import { differenceText, lossText } from "./difference-words.ts";
import { differencesOf, lossesOf } from "./differences.ts";
import { plan } from "./plan.ts";
import type { DeployedStack, WantedStack } from "./stacks.ts";
import type { Survey } from "./survey.ts";
import type { Template } from "./template.ts";
import { deployed, situation, template, wanted } from "./testing.ts";

const surveyOf = (there: DeployedStack[], next: WantedStack[], environment = "prod"): Survey => {
  const found = { ...situation(there, next), identity: { application: "arcade", environment } };
  return { ...found, plan: plan(found) };
};

/** Physical ids are `id-of-<logical id>`; nested stacks' templates are given by those. */
const asking =
  (nested: Record<string, Template> = {}, resources: string[] = []): Ask =>
  async <O>(_region: string, operation: string, { StackName }: { StackName?: string }) =>
    (operation === "GetTemplate"
      ? { TemplateBody: JSON.stringify(nested[StackName!]) }
      : {
          StackResourceSummaries: resources.map((id) => ({ LogicalResourceId: id, PhysicalResourceId: `id-of-${id}`, ResourceType: "Any" })),
        }) as O;

const VOLUME = { Type: "AWS::EFS::FileSystem", Properties: { Encrypted: true } };
const HASH = "a".repeat(64);
const nestedAt = (hash: string) => ({ Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: `https://s3/${hash}.json` } });
const VOLUMES = "VolumesNestedStackVolumesNestedStackResource7C654715";

describe("differences", () => {
  test("there are none where templates and tags are the same", async () => {
    const same = template({ Data: VOLUME });
    const changes = await differencesOf(asking(), surveyOf([deployed("Arcade-Base", same)], [wanted("Arcade-Base", structuredClone(same))]));
    expect(changes).toEqual([]);
    expect(differenceText(changes, false)).toContain("No differences");
  });

  test("say which property changes, and what is replaced by it", async () => {
    const before = template({ DataA1B2C3D4: VOLUME, Log: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 7 } } });
    const after = template({
      DataA1B2C3D4: { ...VOLUME, Properties: { Encrypted: false } },
      Log: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 30 } },
    });
    const changes = await differencesOf(asking({}, ["DataA1B2C3D4"]), surveyOf([deployed("Arcade-It", before)], [wanted("Arcade-It", after)]));
    const text = differenceText(changes, false);
    expect(text).toContain("! Data  AWS::EFS::FileSystem: Encrypted  REPLACED (a volume, id-of-DataA1B2C3D4)");
    expect(text).toContain("~ Log  AWS::Logs::LogGroup: RetentionInDays  changed");
    expect(text).toContain("Stacks: 1 to change.");
    expect(lossText(lossesOf(changes))).toBe("  Arcade-It/Data: the volume id-of-DataA1B2C3D4 is replaced by a new one, which is empty");
  });

  test("tell of volumes in nested stacks that go, and of those that are kept", async () => {
    const inside = template({ Lost: VOLUME, Kept: { ...VOLUME, DeletionPolicy: "RetainExceptOnCreate" } });
    const gone = deployed("Arcade-Gone", template({ [VOLUMES]: nestedAt(HASH) }));
    const changes = await differencesOf(asking({ [`id-of-${VOLUMES}`]: inside }, [VOLUMES, "Lost", "Kept"]), surveyOf([gone], []));
    expect(differenceText(changes, false)).toContain("= Volumes/Kept  AWS::EFS::FileSystem  stays in the account (a volume, id-of-Kept)");
    expect(lossText(lossesOf(changes))).toBe("  Arcade-Gone/Volumes/Lost: the volume id-of-Lost is deleted");
  });

  test("look into nested stacks whose template changes", async () => {
    const [old, next] = [template({ Data: VOLUME }), template({ Data: { ...VOLUME, Properties: { Encrypted: true, ThroughputMode: "elastic" } } })];
    const stacks = surveyOf(
      [deployed("Arcade-It", template({ [VOLUMES]: nestedAt(HASH) }))],
      [wanted("Arcade-It", template({ [VOLUMES]: nestedAt("b".repeat(64)) }), { nested: new Map([["b".repeat(64), next]]) })],
    );
    const [change] = await differencesOf(asking({ [`id-of-${VOLUMES}`]: old }, [VOLUMES]), stacks);
    expect(change!.resources).toEqual([{ path: "Volumes/Data", type: "AWS::EFS::FileSystem", change: "update", properties: ["ThroughputMode"] }]);
  });

  test("count what comes and goes when a leaf changes its kind, and lose no topic", async () => {
    const mail = { Type: "AWS::SNS::Subscription", Properties: { Protocol: "email", TopicArn: { Ref: "Topic" } } };
    const of = (kind: string, more: string[]) =>
      template(
        { Topic: { Type: "AWS::SNS::Topic" }, Mail: mail, ...Object.fromEntries(more.map((id) => [id, { Type: "AWS::ECS::Cluster" }])) },
        { kind },
      );
    const changes = await differencesOf(
      asking(),
      surveyOf([deployed("Arcade-It", of("dns", ["Cluster", "Other"]))], [wanted("Arcade-It", of("engine", ["Cluster"]))]),
    );
    expect(differenceText(changes, false)).toContain(
      "goes from dns to http or event, in two steps: 2 resources deleted, 1 created; it cannot be reached in between",
    );
    expect(lossesOf(changes)).toEqual([]);
  });

  test("of a topic with subscribers have to be confirmed on AWS, where they would have to confirm again", async () => {
    const gone = deployed(
      "Arcade-Gone",
      template({ Topic: { Type: "AWS::SNS::Topic" }, Mail: { Type: "AWS::SNS::Subscription", Properties: { Protocol: "email" } } }),
    );
    expect(lossesOf(await differencesOf(asking(), surveyOf([gone], [])))).toHaveLength(1);
    const local = { ...gone, tags: { "rouse:application": "arcade", "rouse:environment": "local" } };
    const changes = await differencesOf(asking(), surveyOf([local], [], "local"));
    expect(changes).toHaveLength(1);
    expect(lossesOf(changes)).toEqual([]);
  });

  test("tell which rights come and go", async () => {
    const role = (action: string) =>
      template({
        Policy: {
          Type: "AWS::IAM::Policy",
          Properties: { Roles: ["reader"], PolicyDocument: { Statement: [{ Effect: "Allow", Action: action, Resource: "arn:aws:s3:::bucket" }] } },
        },
      });
    const changes = await differencesOf(asking(), surveyOf([deployed("Arcade-It", role("s3:GetObject"))], [wanted("Arcade-It", role("s3:*"))]));
    expect(changes[0]!.security.map((line) => line.slice(0, 2) + line.match(/s3:\S+/)![0])).toEqual(["+ s3:*", "- s3:GetObject"]);
  });
});
