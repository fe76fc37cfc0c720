import type { ResourceView } from "../api-types.ts";
import { Copy } from "./parts.tsx";

/** What a leaf is made of; each name, and the command that shows it, to copy. */
export function Resources({ resources }: { resources: readonly ResourceView[] }) {
  if (resources.length === 0) return <p class="empty">Nothing of it is deployed.</p>;
  return (
    <table class="resources">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Name</th>
          <th scope="col">AWS CLI</th>
        </tr>
      </thead>
      <tbody>
        {resources.map(({ what, name, command, region, stack, type }, i) => (
          // Two may have the same name: records of two types, for one.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={`${type} ${name} ${i}`}>
            <td title={`${type} of ${stack}, ${region}`}>{what}</td>
            <td>
              <Copy text={name} />
            </td>
            <td>{command && <Copy text={command} label="the command" />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
