import { PROCESS_LABEL, RuntimeError } from "../runtime.ts";

/** What the label `dev.rouse.process` says. */
export interface ProcessCommand {
  command: string[];
  /** An absolute path. */
  directory: string;
}

/**
 * The command that stands for an image where there is no container engine.
 * @throws RuntimeError CannotPullContainerError when the label is missing or is not of the form
 *   `{"command": ["node", "server.js"], "directory": "/path"}`.
 */
export function processCommand(image: string, labels: Record<string, string>): ProcessCommand {
  const text = labels[PROCESS_LABEL];
  if (text === undefined) {
    throw new RuntimeError(
      "CannotPullContainerError",
      `no container engine answers on this machine, and the container of image ${image} has no process command (docker label ${PROCESS_LABEL}) to run instead`,
    );
  }
  const value = parse(text);
  if (!value || value.command.length === 0) {
    throw new RuntimeError(
      "CannotPullContainerError",
      `the docker label ${PROCESS_LABEL} of image ${image} is not JSON of the form {"command": ["…"], "directory": "…"}: ${text.slice(0, 200)}`,
    );
  }
  return value;
}

function parse(text: string): ProcessCommand | undefined {
  try {
    const value = JSON.parse(text) as { command?: unknown; directory?: unknown };
    const strings = Array.isArray(value.command) && value.command.every((part) => typeof part === "string");
    if (!strings || typeof value.directory !== "string") return undefined;
    return { command: value.command as string[], directory: value.directory };
  } catch {
    return undefined;
  }
}
