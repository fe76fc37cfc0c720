// oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shapes of the calls that it answers
export type Answers = Record<string, (input: any) => unknown>;

export interface Sent {
  readonly operation: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly input: any;
}

/** An SDK client that answers from a table, and remembers what it was asked. */
export function fakeClient(answers: Answers): { client: never; sent: Sent[] } {
  const sent: Sent[] = [];
  const send = async (command: { constructor: { name: string }; input: unknown }): Promise<unknown> => {
    const operation = command.constructor.name.replace(/Command$/, "");
    sent.push({ operation, input: command.input });
    const answer = answers[operation];
    if (!answer) throw new Error(`unexpected call: ${operation}`);
    return answer(command.input);
  };
  return { client: { send } as never, sent };
}
