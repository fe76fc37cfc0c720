/** The picture of what wakes a leaf by DNS and what puts it to sleep. */
import { flowchart } from "./flowchart.ts";
import { isMetric, Relations } from "./relations.ts";
import { type Assembly, text } from "./templates.ts";

/** @returns a Mermaid flowchart */
export function pathDiagram(assembly: Assembly): string {
  const relations = new Relations(assembly).all();
  // The name that the visitor asks for is that of the record with which the zone answers.
  const answers = relations.filter(({ label }) => label === "answers");
  const to = answers.flatMap(({ from, to: record }) =>
    isMetric(record) ? [] : [{ node: from, label: `A ${text(record.properties["Name"]).replace(/\.$/, "")}` }],
  );
  return flowchart(assembly, relations, [{ id: "visitor", title: "A visitor's DNS query", to }]);
}
