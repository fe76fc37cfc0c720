/** What sets off what around an engine: of the load balancer, of tasks without a service, and of what starts and stops them by name. */
import { type Relation } from "./relations.ts";
import { type Assembly, at, type Json, list, type Resource, text } from "./templates.ts";

const ELB = "AWS::ElasticLoadBalancingV2::";

export function engineRelations(assembly: Assembly): Relation[] {
  return assembly.resources.flatMap((resource) => relationsOf(assembly, resource));
}

function relationsOf(assembly: Assembly, resource: Resource): Relation[] {
  const { properties } = resource;
  const references = (value: Json | undefined): Resource[] => [...new Set(assembly.references(value, resource.template))];
  switch (resource.type) {
    case `${ELB}Listener`:
      return references(properties["LoadBalancerArn"]).map((from) => ({ from, to: resource, label: `port ${text(properties["Port"])}` }));
    case `${ELB}ListenerRule`:
      return [
        ...references(properties["ListenerArn"]).map((from) => ({ from, to: resource, label: "its path" })),
        ...references(properties["Actions"]).map((to) => ({
          from: resource,
          to,
          label: !hasDoorman(assembly, resource) ? "forwards" : isOfFunction(to) ? "asleep" : "awake",
        })),
      ];
    case `${ELB}TargetGroup`:
      return isOfFunction(resource)
        ? references(properties["Targets"]).map((to) => ({ from: resource, to, label: "invokes" }))
        : tasksIn(assembly, resource).map((to) => ({ from: resource, to, label: "requests, health checks" }));
    case "AWS::Events::Rule":
      return families(resource).flatMap((family) =>
        named(assembly, "AWS::ECS::TaskDefinition", "Family", family).map((from) => ({ from, to: resource, label: statuses(resource) })),
      );
    case "AWS::ApiGatewayV2::Route":
      return routed(assembly, resource);
    case "AWS::Scheduler::Schedule":
      return references(at(properties, "Target", "Arn")).map((to) => ({ from: resource, to, label: "invokes" }));
    case "AWS::StepFunctions::StateMachine":
    case "AWS::Lambda::Function":
      return statementsOf(assembly, resource).flatMap((statement) =>
        list(at(statement, "Action")).flatMap((action) => permission(assembly, resource, text(action), statement)),
      );
    default:
      return [];
  }
}

const isOfFunction = ({ properties }: Resource): boolean => properties["TargetType"] === "lambda";

/** A service that is always on has none. */
const hasDoorman = (assembly: Assembly, { template }: Resource): boolean =>
  assembly.resources.some((each) => each.type === `${ELB}TargetGroup` && each.template === template && isOfFunction(each));

/** Tasks that listen on the group's port: those of its own stack. */
const tasksIn = (assembly: Assembly, group: Resource): Resource[] =>
  assembly.resources.filter(
    ({ type, template, properties }) =>
      type === "AWS::ECS::TaskDefinition" &&
      template === group.template &&
      list(properties["ContainerDefinitions"]).some((container) =>
        list(at(container, "PortMappings")).some((mapping) => at(mapping, "ContainerPort") === group.properties["Port"]),
      ),
  );

/** Of a rule about tasks that no service has started: they are in the group of their family. */
const families = ({ properties }: Resource): string[] =>
  list(at(properties, "EventPattern", "detail", "group")).flatMap((group) => /^family:(.+)$/.exec(text(group))?.[1] ?? []);

const statuses = ({ properties }: Resource): string =>
  `task ${list(at(properties, "EventPattern", "detail", "lastStatus"))
    .map((each) => text(each))
    .join(", ")}`;

function routed(assembly: Assembly, route: Resource): Relation[] {
  const references = (value: Json | undefined, by: Resource): Resource[] => assembly.references(value, by.template);
  const integrations = references(route.properties["Target"], route);
  const functions = integrations.flatMap((integration) => references(integration.properties["IntegrationUri"], integration));
  const label = text(route.properties["RouteKey"]);
  return references(route.properties["ApiId"], route).flatMap((from) => functions.map((to) => ({ from, to, label })));
}

/** What its role allows. */
function statementsOf(assembly: Assembly, { properties, template }: Resource): Json[] {
  const [role] = assembly.references(properties["Role"] ?? properties["RoleArn"], template);
  return list(at(role?.properties, "Policies")).flatMap((policy) => list(at(policy, "PolicyDocument", "Statement")));
}

/** Actions on a resource that the template refers to, or names. */
function permission(assembly: Assembly, from: Resource, action: string, statement: Json): Relation[] {
  const resources = list(at(statement, "Resource"));
  const label = action.split(":")[1]!;
  const arrows = (found: Resource[]): Relation[] => [...new Set(found)].map((to) => ({ from, to, label }));
  const byName = (pattern: RegExp, type: string, property: string): Resource[] =>
    resources.flatMap((each) => named(assembly, type, property, pattern.exec(text(each))?.[1]));
  const referenced = (type: string): Resource[] => assembly.references(resources, from.template).filter((each) => each.type === type);
  switch (action) {
    case "ecs:RunTask":
      return arrows(byName(/:task-definition\/([^:]+)/, "AWS::ECS::TaskDefinition", "Family"));
    case "ecs:StopTask":
    case "ecs:TagResource": {
      const clusters = byName(/:task\/([^/]+)\//, "AWS::ECS::Cluster", "ClusterName");
      return arrows(
        assembly.resources.filter(({ type, template }) => type === "AWS::ECS::TaskDefinition" && clusters.some((one) => one.template === template)),
      );
    }
    // Start-engines' right to register is on names: for a start that names another engine's group. The usual writer refers to its own.
    case "elasticloadbalancing:RegisterTargets":
    case "elasticloadbalancing:DeregisterTargets":
      return arrows(referenced(`${ELB}TargetGroup`));
    case "elasticloadbalancing:ModifyRule":
      return arrows(referenced(`${ELB}ListenerRule`));
    case "lambda:InvokeFunction":
      return arrows([...byName(/:function:(.+)$/, "AWS::Lambda::Function", "FunctionName"), ...referenced("AWS::Lambda::Function")]);
    case "scheduler:CreateSchedule":
      return byName(/:schedule\/([^/]+)\//, "AWS::Scheduler::ScheduleGroup", "Name").flatMap((group) => [
        { from, to: group, label },
        ...whomSchedulesInvoke(assembly, group).map((to) => ({ from: group, to, label: "when it is due" })),
      ]);
    case "ssm:GetParametersByPath":
      return resources
        .flatMap((each) => /:parameter(\/.+)$/.exec(text(each))?.[1] ?? [])
        .flatMap((path) =>
          assembly.resources.filter(({ type, properties }) => type === "AWS::SSM::Parameter" && text(properties["Name"]).startsWith(`${path}/`)),
        )
        .map((to) => ({ from, to, label, weak: true }));
    default:
      return [];
  }
}

/** The functions that a role of the group's stack lets EventBridge Scheduler invoke. */
function whomSchedulesInvoke(assembly: Assembly, { template }: Resource): Resource[] {
  const roles = [...template.resources.values()].filter(
    ({ type, properties }) => type === "AWS::IAM::Role" && JSON.stringify(properties["AssumeRolePolicyDocument"]).includes("scheduler.amazonaws.com"),
  );
  const statements = roles.flatMap(({ properties }) =>
    list(properties["Policies"]).flatMap((policy) => list(at(policy, "PolicyDocument", "Statement"))),
  );
  const arns = statements.flatMap((statement) => list(at(statement, "Resource")));
  return arns.flatMap((arn) => named(assembly, "AWS::Lambda::Function", "FunctionName", /:function:(.+)$/.exec(text(arn))?.[1]));
}

const named = (assembly: Assembly, type: string, property: string, name: string | undefined): Resource[] =>
  name === undefined ? [] : assembly.resources.filter((each) => each.type === type && text(each.properties[property]) === name);
