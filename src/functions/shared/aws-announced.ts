import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";

/** Something that people were told of. */
export interface Told<O extends string> {
  readonly occasion: O;
  /** Whose occasion it is: of an engine the task's id (not its ARN). */
  readonly task: string;
  /** When it was told, or said to go on, milliseconds. */
  readonly at: number;
}

export interface AnnouncedStore<O extends string> {
  read(): Promise<Told<O>[]>;
  /** @returns false where another one has it */
  lock(one: Pick<Told<O>, "occasion" | "task">): Promise<boolean>;
  forget(one: Pick<Told<O>, "occasion" | "task">): Promise<void>;
  /** Says that the occasion still is: its `at` is now. */
  renew(one: Pick<Told<O>, "occasion" | "task">): Promise<void>;
}

/** Parameters `<path>/<occasion>/<task id>`. Without Overwrite only one PutParameter of a name succeeds: that is the lock. */
export function awsAnnounced<O extends string>(path: string, ssm: SSMClient = new SSMClient({})): AnnouncedStore<O> {
  const name = ({ occasion, task }: Pick<Told<O>, "occasion" | "task">): string => `${path}/${occasion}/${task}`;
  return {
    read: async () => {
      const found: Told<O>[] = [];
      let NextToken: string | undefined;
      do {
        const page = await ssm.send(new GetParametersByPathCommand({ Path: path, Recursive: true, NextToken }));
        for (const { Name, LastModifiedDate } of page.Parameters ?? []) {
          const [occasion, task] = Name!.slice(path.length + 1).split("/");
          if (occasion && task) found.push({ occasion: occasion as O, task, at: LastModifiedDate?.getTime() ?? 0 });
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
