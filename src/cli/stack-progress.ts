import type { OnProgress } from "../deployment/road.ts";
import type { Progress } from "./progress.ts";

const ENDED = /^(CREATE|UPDATE|DELETE|UPDATE_ROLLBACK|ROLLBACK)_(COMPLETE|FAILED)$/;

/**
 * Says which stack is worked on: each with a line when it begins and one when it ends, and in a terminal the resource that
 * has its turn.
 * @param stacks names of the whole stacks that there are; events are of their nested stacks, too
 */
export function stackProgress(progress: Progress, stacks: readonly string[]): OnProgress {
  const known = new Set(stacks);
  const begun = new Map<string, number>();
  return ({ stack, region, status, resource, reason }) => {
    if (known.has(stack) && !resource) {
      const key = `${region}/${stack}`;
      if (!begun.has(key)) {
        begun.set(key, begun.size + 1);
        progress.begin(`${status.startsWith("DELETE") ? "Deleting" : "Deploying"} ${stack} (${begun.get(key)} of ${stacks.length})`);
      }
      if (ENDED.test(status)) progress.done(`${stack}: ${words(status)}`);
    } else if (resource) {
      // Why something fails is worth a line at once: the rest of the deployment is its undoing.
      if (status.endsWith("_FAILED") && reason !== undefined && !/cancelled/i.test(reason))
        progress.log(`${stack}: ${resource.logicalId}: ${reason}`);
      else progress.step(`${stack}: ${resource.logicalId} ${words(status)}`);
    }
  };
}

const words = (status: string): string => status.toLowerCase().replaceAll("_", " ");
