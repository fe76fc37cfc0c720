import type { Readable, Writable } from "node:stream";
import { type CANCEL_SYMBOL, isCancel, confirm, select, text } from "@clack/prompts";
import { UserError } from "../command.ts";
import { accountFrom, checks, defaults, type Flags } from "./answers.ts";
import { KINDS, type KindName } from "./kinds.ts";

/** Asks in a terminal what the flags leave open. */

interface Terminal {
  input: Readable;
  output: Writable;
}

/** @param folder name of the project's folder, from which its name is guessed. @throws UserError with exit code 130 when the user gives up */
export async function ask(flags: Flags, folder: string, terminal: Terminal): Promise<Flags> {
  const asking = new Asking(terminal);
  const name = flags.name ?? (await asking.text("Name of the application", checks.name, defaults.name(folder)));
  const kind = (flags.kind as KindName | undefined) ?? (await asking.kind());
  const leaf = flags.leaf ?? (await asking.text("Name of the first leaf", checks.leaf, defaults.leaf(kind)));
  const from = flags.image ?? flags.build ?? undefined;
  const source = from === undefined ? await asking.source(leaf) : {};
  const filled: Flags = { ...flags, name, kind, leaf, ...source };
  if (KINDS[kind].listens === "always" && filled.port === undefined)
    filled.port = Number(await asking.text("Port that the container listens on", checks.port, String(defaults.port)));
  filled.region ??= await asking.text("AWS region", checks.region, defaults.region);
  if (filled.domain === undefined) Object.assign(filled, await asking.domain(kind));
  if (filled.account === undefined && (kind !== "dns" || filled.domain !== undefined)) filled.account = await asking.accounts();
  filled.github ??= await asking.yes("A GitHub Actions workflow that tests and deploys?");
  return filled;
}

class Asking {
  private readonly terminal: Terminal;
  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** @param fallback what Enter alone means; empty where nothing may be answered */
  async text(message: string, check: (text: string) => string | undefined, fallback: string): Promise<string> {
    const validate = (value: string | undefined): string | undefined => {
      const expected = value === undefined || value === "" ? undefined : check(value);
      return expected === undefined ? undefined : `It takes ${expected}.`;
    };
    const shown = fallback === "" ? {} : { placeholder: fallback, defaultValue: fallback };
    return answered(await text({ message, ...shown, validate, ...this.terminal })) ?? fallback;
  }

  async kind(): Promise<KindName> {
    const options = Object.entries(KINDS).map(([value, { hint }]) => ({ value: value as KindName, label: value, hint }));
    return answered(await select({ message: "What wakes it?", options, initialValue: defaults.kind, ...this.terminal }));
  }

  async source(leaf: string): Promise<Pick<Flags, "image" | "build">> {
    const options = [
      { value: "build" as const, label: "a folder with a Dockerfile", hint: "a small program is written into one that is not there" },
      { value: "image" as const, label: "an image from a registry" },
    ];
    const which = answered(await select({ message: "What does it run?", options, ...this.terminal }));
    if (which === "image") return { image: await this.text("Image", (value) => checks.image(value), "nginx") };
    return { build: await this.text("Folder", checks.build, `./${leaf}`) };
  }

  async domain(kind: KindName): Promise<Pick<Flags, "domain" | "hostedZoneId">> {
    const why = kind === "dns" ? "without one the project runs on this machine only" : "Enter for none";
    const domain = await this.text(`A domain of yours in Route 53 (${why})`, checks.domain, "");
    if (domain === "") return {};
    return { domain, hostedZoneId: await this.required("ID of its hosted zone", checks.hostedZoneId) };
  }

  async accounts(): Promise<string[]> {
    const given: string[] = [];
    for (const environment of ["staging", "prod"]) {
      const account = await this.text(`AWS account of ${environment} (Enter: that of the credentials)`, checks.account, "");
      if (account !== "") given.push(`${environment}=${account}`);
    }
    return given.filter((each) => accountFrom(each));
  }

  async yes(message: string): Promise<boolean> {
    return answered(await confirm({ message, ...this.terminal }));
  }

  private async required(message: string, check: (text: string) => string | undefined): Promise<string> {
    const validate = (value: string | undefined): string | undefined => {
      const expected = check(value ?? "");
      return expected === undefined ? undefined : `It takes ${expected}.`;
    };
    return answered(await text({ message, validate, ...this.terminal }));
  }
}

/** What was answered. @throws UserError where the user has pressed Ctrl-C or Escape instead */
function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
  if (isCancel(answer)) throw new UserError("cancelled; nothing was written", 130);
  return answer;
}
