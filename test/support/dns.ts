import { createSocket } from "node:dgram";
import { decode, encode, type RecordType, type StringAnswer } from "dns-packet";

export interface Answer {
  code: string;
  answers: string[];
  /** Of each answer, in seconds. */
  ttls: number[];
}

/** One DNS question over UDP. @returns the response code and the data of the answers */
export function ask(server: { host: string; port: number }, name: string, type: RecordType = "A"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.once("message", (message) => {
      socket.close();
      const packet = decode(message);
      const code = (packet as unknown as { rcode: string }).rcode;
      const answers = (packet.answers ?? []) as StringAnswer[];
      resolve({ code, answers: answers.map(({ data }) => data), ttls: answers.map(({ ttl }) => ttl ?? 0) });
    });
    socket.send(encode({ type: "query", id: 1, flags: 0x0100, questions: [{ type, name }] }), server.port, server.host);
  });
}

/** The address that DNS gives for a name; undefined where it gives none. */
export const addressOf = async (server: { host: string; port: number }, name: string): Promise<string | undefined> =>
  (await ask(server, name)).answers[0];
