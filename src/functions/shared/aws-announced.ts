import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { CLIENT } from "./sdk.ts";

/** Something that people were told, once. `at`: milliseconds. */
export interface Told<Occasion extends string> {
  readonly occasion: Occasion;
  /** A task's id, or that of whatever else it was about. */
  readonly task: string;
  readonly at: number;
}

export interface Memory<Occasion extends string> {
  read(): Promise<Told<Occasion>[]>;
  /** @returns false when somebody else has it already */
  lock(one: Omit<Told<Occasion>, "at">): Promise<boolean>;
  forget(one: Told<Occasion>): Promise<void>;
  /** Says that it goes on: its `at` is now. */
  renew(one: Told<Occasion>): Promise<void>;
}

/** Parameters `<path>/<occasion>/<task id>`. Without Overwrite only one PutParameter of a name succeeds: that is the lock. */
export function awsAnnounced<Occasion extends string>(path: string, ssm: SSMClient = new SSMClient(CLIENT)): Memory<Occasion> {
  const name = ({ occasion, task }: Omit<Told<Occasion>, "at">): string => `${path}/${occasion}/${task}`;
  return {
    read: async () => {
      const found: Told<Occasion>[] = [];
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
    renew: async (one) => {
      await ssm.send(new PutParameterCommand({ Name: name(one), Value: "told", Type: "String", Overwrite: true }));
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
