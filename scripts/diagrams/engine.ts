/** The picture of what starts an engine, keeps its targets right and stops it. */
import { engineRelations } from "./engine-relations.ts";
import { flowchart } from "./flowchart.ts";
import { Relations } from "./relations.ts";
import { type Assembly, at, list, type Resource, text } from "./templates.ts";

/** @returns a Mermaid flowchart */
export function engineDiagram(assembly: Assembly): string {
  const of = (type: string): Resource[] => assembly.resources.filter((each) => each.type === type);
  const asked = of("AWS::Events::Rule").filter(({ properties }) =>
    list(at(properties, "EventPattern", "source")).some((source) => !text(source).startsWith("aws.")),
  );
  return flowchart(
    assembly,
    [...new Relations(assembly).all(), ...engineRelations(assembly)],
    [
      {
        id: "visitor",
        title: "A browser, a program",
        to: of("AWS::ElasticLoadBalancingV2::LoadBalancer").map((node) => ({ node, label: "HTTP" })),
      },
      {
        id: "program",
        title: "Whoever starts it by name",
        to: [
          ...asked.map((node) => ({ node, label: text(at(node.properties, "EventPattern", "detail-type")) })),
          ...of("AWS::ApiGatewayV2::Api").map((node) => ({ node, label: "a signed request" })),
          ...of("AWS::StepFunctions::StateMachine").map((node) => ({ node, label: "StartExecution" })),
        ],
      },
    ],
  );
}
