import { isGone, gone, omit, properties, tagChanges } from "./helpers.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "scheduler";

const scheduleInput = (context: ResourceContext, props: Properties, Name: string): Record<string, unknown> =>
  context.input(SERVICE, "CreateSchedule", { ...props, Name });

const schedule: ResourceProvider = {
  type: "AWS::Scheduler::Schedule",
  // The resource's schema has only Name as createOnly. No operation moves a schedule to another group: its ARN has the group.
  properties: properties({
    replace: "GroupName Name",
    update: "Description EndDate FlexibleTimeWindow KmsKeyArn ScheduleExpression ScheduleExpressionTimezone StartDate State Target",
  }),
  required: ["FlexibleTimeWindow", "ScheduleExpression", "Target"],
  attributes: ["Arn"],
  schema: { service: SERVICE, operation: "CreateSchedule" },
  nameProperty: "Name",
  async create(context, props) {
    const Name = String(props["Name"] ?? context.physicalName(64));
    const { ScheduleArn } = await context.call(SERVICE, "CreateSchedule", scheduleInput(context, props, Name));
    return { physicalId: Name, attributes: { Arn: ScheduleArn } };
  },
  async update(context, props, existing) {
    // The inputs of both operations have the same members.
    await context.call(SERVICE, "UpdateSchedule", scheduleInput(context, props, existing.physicalId));
  },
  delete: (context, existing) =>
    gone(context.call(SERVICE, "DeleteSchedule", { Name: existing.physicalId, GroupName: existing.properties["GroupName"] as unknown })),
};

const group: ResourceProvider = {
  type: "AWS::Scheduler::ScheduleGroup",
  properties: properties({ replace: "Name", update: "Tags" }),
  attributes: ["Arn", "CreationDate", "LastModificationDate", "State"],
  tags: { property: "Tags", form: "list" },
  nameProperty: "Name",
  async create(context, props) {
    const Name = String(props["Name"] ?? context.physicalName(64));
    const { ScheduleGroupArn } = await context.call(SERVICE, "CreateScheduleGroup", { Name, Tags: props["Tags"] as unknown });
    const made = await context.call(SERVICE, "GetScheduleGroup", { Name });
    const dates = omit(made, "Arn", "Name", "State");
    const times = Object.fromEntries(Object.entries(dates).map(([name, at]) => [name, (at as Date | undefined)?.toISOString()]));
    return { physicalId: Name, attributes: { Arn: ScheduleGroupArn, State: made.State, ...times } };
  },
  async update(context, props, existing) {
    const ResourceArn = existing.attributes["Arn"];
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SERVICE, "UntagResource", { ResourceArn, TagKeys: remove });
    if (set.length > 0) await context.call(SERVICE, "TagResource", { ResourceArn, Tags: set });
  },
  async delete(context, existing) {
    const Name = existing.physicalId;
    await gone(context.call(SERVICE, "DeleteScheduleGroup", { Name }));
    await context.until(`the deletion of the schedule group ${Name}`, async () => {
      try {
        await context.call(SERVICE, "GetScheduleGroup", { Name });
        return undefined;
      } catch (error) {
        if (isGone(error)) return true;
        throw error;
      }
    });
  },
};

export const schedulerProviders: ResourceProvider[] = [schedule, group];
