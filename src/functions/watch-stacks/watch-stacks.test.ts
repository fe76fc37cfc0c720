import { expect, test } from "vitest";
import { fakeClient } from "../testing/fake-client.ts";
import { failureOf, type SeenEvent } from "./failure.ts";
import { look } from "./watch-stacks.ts";

const STACK = "arn:aws:cloudformation:us-west-2:111111111111:stack/Arcade-Hello/1";
const NESTED = "arn:aws:cloudformation:us-west-2:111111111111:stack/Arcade-Hello-Nested/2";
const IS_STACK = "AWS::CloudFormation::Stack";

let clock = 0;
const event = (logicalId: string, status: string, reason?: string, of: { type?: string; physicalId?: string } = {}): SeenEvent => ({
  id: `${logicalId}-${status}-${clock}`,
  at: (clock += 1000),
  logicalId,
  type: "AWS::SNS::Topic",
  physicalId: "x",
  status,
  ...(reason === undefined ? {} : { reason }),
  ...of,
});
const own = (status: string, reason?: string): SeenEvent => event("Arcade-Hello", status, reason, { type: IS_STACK, physicalId: STACK });

test("the first resource that failed says why, and not those that were stopped for it", () => {
  const events = [
    own("CREATE_IN_PROGRESS", "User Initiated"),
    event("A", "CREATE_FAILED", "Resource creation cancelled"),
    event("B", "CREATE_FAILED", "it is taken"),
    event("C", "CREATE_FAILED", "too late"),
    own("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A, B, C]."),
    own("ROLLBACK_COMPLETE"),
  ];
  const failure = failureOf(STACK, events.toReversed(), { status: "ROLLBACK_COMPLETE", at: clock });
  expect(failure).toMatchObject({ what: "create", resource: { logicalId: "B" }, reason: "it is taken" });
});

test("a roll-back that somebody goes on with later is of the same deployment; the next deployment is another one", () => {
  const events = [
    own("UPDATE_IN_PROGRESS", "User Initiated"),
    event("A", "UPDATE_FAILED", "no"),
    own("UPDATE_ROLLBACK_IN_PROGRESS"),
    own("UPDATE_ROLLBACK_FAILED"),
  ];
  const first = failureOf(STACK, events.toReversed(), { status: "UPDATE_ROLLBACK_FAILED", at: clock })!;
  events.push(own("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"), own("UPDATE_ROLLBACK_COMPLETE"));
  expect(failureOf(STACK, events.toReversed(), { status: "UPDATE_ROLLBACK_COMPLETE", at: clock })!.id).toBe(first.id);
  const then = clock;
  clock += 60_000;
  events.push(
    own("UPDATE_IN_PROGRESS", "User Initiated"),
    own("UPDATE_ROLLBACK_IN_PROGRESS", "Somebody cancelled it"),
    own("UPDATE_ROLLBACK_COMPLETE"),
  );
  const next = failureOf(STACK, events.toReversed(), { status: "UPDATE_ROLLBACK_COMPLETE", at: clock })!;
  expect([next.id === first.id, next.reason]).toEqual([false, "Somebody cancelled it"]);
  // An event that comes late still means the deployment that it is about.
  expect(failureOf(STACK, events.toReversed(), { status: "UPDATE_ROLLBACK_COMPLETE", at: then })!.id).toBe(first.id);
});

const toAws = ({ id, at, ...rest }: SeenEvent): object => ({
  EventId: id,
  Timestamp: new Date(at),
  PhysicalResourceId: rest.physicalId,
  LogicalResourceId: rest.logicalId,
  ResourceType: rest.type,
  ResourceStatus: rest.status,
  ResourceStatusReason: rest.reason,
});
const config = { application: "arcade", environment: "prod", region: "us-west-2", topic: "arn:admin" };
const tags = (more: Record<string, string> = {}) =>
  Object.entries({ "rouse:application": "arcade", "rouse:environment": "prod", ...more }).map(([Key, Value]) => ({ Key, Value }));
const told = (stack: object, events: Record<string, SeenEvent[]> = {}) => {
  const { client } = fakeClient({
    DescribeStacks: () => ({ Stacks: [{ StackName: "Arcade-Hello", ...stack }] }),
    DescribeStackEvents: ({ StackName }) => ({ StackEvents: events[StackName]!.toReversed().map(toAws) }),
    DescribeStackResources: () => ({
      StackResources: [{ ResourceType: "AWS::SNS::Topic", ResourceStatus: "CREATE_COMPLETE", PhysicalResourceId: "arn:leaf" }],
    }),
  });
  const detail = { "stack-id": STACK, "status-details": { status: "UPDATE_ROLLBACK_COMPLETE" } };
  return look({ time: new Date(clock).toISOString(), detail }, config, () => client);
};

test("what failed in a nested stack is told, and to the leaf's topic, too", async () => {
  const events = {
    [STACK]: [
      own("UPDATE_IN_PROGRESS", "User Initiated"),
      event("Nested", "UPDATE_FAILED", `Embedded stack ${NESTED} was not successfully updated.`, { type: IS_STACK, physicalId: NESTED }),
      own("UPDATE_ROLLBACK_COMPLETE"),
    ],
    [NESTED]: [
      event("Arcade-Hello-Nested", "UPDATE_IN_PROGRESS", "", { type: IS_STACK, physicalId: NESTED }),
      event("Alarm", "UPDATE_FAILED", "bad metric"),
      event("Arcade-Hello-Nested", "UPDATE_ROLLBACK_COMPLETE", "", { type: IS_STACK, physicalId: NESTED }),
    ],
  };
  const found = await told({ Tags: tags({ "rouse:leaf": "hello" }) }, events);
  expect(found).toMatchObject({
    topics: ["arn:admin", "arn:leaf"],
    message: {
      subject: "Deployment of Arcade-Hello failed, rolled back",
      notice: { occasion: "deployment-failed", leaf: "hello", why: "Alarm (AWS::SNS::Topic): bad metric" },
    },
  });
  expect(found!.message.notice.id.length).toBeLessThanOrEqual(128);
});

test("a new version of a service that did not come up is told by its own function, and not twice", async () => {
  const reason = "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\"";
  const events = [
    own("UPDATE_IN_PROGRESS", "User Initiated"),
    event("Service", "UPDATE_FAILED", reason, { type: "AWS::ECS::Service" }),
    own("UPDATE_ROLLBACK_COMPLETE"),
  ];
  expect(await told({ Tags: tags({ "rouse:leaf": "hello" }) }, { [STACK]: events })).toBeUndefined();
});

test.each([
  ["a nested stack", { Tags: tags(), ParentId: "arn:parent" }],
  ["another environment's", { Tags: tags({ "rouse:environment": "staging" }) }],
  ["one without tags", {}],
])("%s is none of its own", async (_, stack) => {
  expect(await told(stack)).toBeUndefined();
});
