/** The picture of what wakes a leaf by DNS and what puts it to sleep. */
import { flowchart } from "./flowchart.ts";
import { Relations } from "./relations.ts";
import { type Assembly, text } from "./templates.ts";

/** @returns a Mermaid flowchart */
export function pathDiagram(assembly: Assembly): string {
  const relations = new Relations(assembly).all();
  const zones = assembly.resources.filter(({ type }) => type === "AWS::Route53::HostedZone");
  const to = zones.map((node) => ({ node, label: `A ${text(node.properties["Name"]).replace(/\.$/, "")}` }));
  return flowchart(assembly, relations, [{ id: "visitor", title: "A visitor's DNS query", to }]);
}
