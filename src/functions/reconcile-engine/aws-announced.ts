import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { Parts } from "./aws-world.ts";
import type { Announced, Occasion } from "./observation.ts";

/** Parameters `<path>/<occasion>/<task id>`. Without Overwrite only one PutParameter of a name succeeds: that is the lock. */
export function awsAnnounced(path: string, ssm: SSMClient = new SSMClient({})): Parts["announced"] {
  const name = ({ occasion, task }: Omit<Announced, "at">): string => `${path}/${occasion}/${task}`;
  return {
    read: async () => {
      const found: Announced[] = [];
      let NextToken: string | undefined;
      do {
        const page = await ssm.send(new GetParametersByPathCommand({ Path: path, Recursive: true, NextToken }));
        for (const { Name, LastModifiedDate } of page.Parameters ?? []) {
          const [occasion, task] = Name!.slice(path.length + 1).split("/");
          if (occasion && task) found.push({ occasion: occasion as Occasion, task, at: LastModifiedDate?.getTime() ?? 0 });
        }
        ({ NextToken } = page);
      } while (NextToken);
      return found;
    },
    lock: async (one) => {
      try {
        await ssm.send(new PutParameterCommand({ Name: name(one), Value: "told", Type: "String", Overwrite: false }));
        return true;
      } catch (error) {
        if (error instanceof ParameterAlreadyExists) return false;
        throw error;
      }
    },
    forget: async (one) => {
      try {
        await ssm.send(new DeleteParameterCommand({ Name: name(one) }));
      } catch (error) {
        if (!(error instanceof ParameterNotFound)) throw error;
      }
    },
  };
}
