import { type ChildProcess, spawn } from "node:child_process";

/**
 * Sees to it that nothing keeps running when this process dies without a chance to clean up (SIGKILL, a crash).
 *
 * A shell, a megabyte small and in a session of its own so that Ctrl-C does not reach it, collects what is running from a
 * pipe. The pipe closes when this process is gone, however that came about; then a short Node.js script ends what is
 * still on the list: process groups get SIGTERM and after five seconds SIGKILL, containers are stopped and removed.
 */
export interface Watchdog {
  /** `what` is a process group's id, or a container's id. */
  add(kind: "group" | "container", what: string): void;
  remove(kind: "group" | "container", what: string): void;
  /** Ends the watchdog without its doing anything. */
  close(): void;
}

/** Plain JavaScript for `node -e`: it must run when this package's files may be gone. */
const REAPER = `
const http = require("node:http");
const list = new Set();
for (const line of require("node:fs").readFileSync(0, "utf8").split("\\n")) {
  const [op, kind, what] = line.split(" ");
  if (op === "+") list.add(kind + " " + what);
  else if (op === "-") list.delete(kind + " " + what);
}
const socketPath = process.env.ROUSE_DOCKER_SOCKET;
const signal = (group, name) => { try { process.kill(-Number(group), name); return true; } catch { return false; } };
const call = (method, path) => new Promise((resolve) => {
  const request = http.request({ socketPath, method, path }, (r) => { r.resume(); r.on("end", resolve); });
  request.on("error", resolve);
  request.end();
});
const groups = [...list].filter((x) => x.startsWith("group ")).map((x) => x.slice(6));
const containers = socketPath ? [...list].filter((x) => x.startsWith("container ")).map((x) => x.slice(10)) : [];
for (const group of groups) signal(group, "SIGTERM");
for (const id of containers) call("POST", "/containers/" + id + "/stop?t=5").then(() => call("DELETE", "/containers/" + id + "?force=1"));
const end = Date.now() + 5000;
const timer = setInterval(() => {
  if (groups.some((group) => signal(group, 0)) && Date.now() < end) return;
  clearInterval(timer);
  for (const group of groups) signal(group, "SIGKILL");
}, 50);
`;

const COLLECT = `list=$(cat); [ "$list" = "\${list%done}" ] || exit 0; printf '%s\\n' "$list" | exec "$ROUSE_NODE" -e "$ROUSE_REAPER"`;

/** @param dockerSocket the container engine's socket, where there is one. */
export function startWatchdog(dockerSocket?: string): Watchdog {
  let child: ChildProcess | undefined;
  const send = (line: string): void => {
    if (process.platform === "win32") return;
    if (!child) {
      child = spawn("/bin/sh", ["-c", COLLECT], {
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
        env: {
          PATH: process.env.PATH,
          ROUSE_NODE: process.execPath,
          ROUSE_REAPER: REAPER,
          ...(dockerSocket ? { ROUSE_DOCKER_SOCKET: dockerSocket } : {}),
        },
      });
      child.on("error", () => {});
      child.stdin?.on("error", () => {});
      child.unref();
      (child.stdin as unknown as { unref?: () => void }).unref?.();
    }
    child.stdin?.write(line);
  };
  return {
    add: (kind, what) => send(`+ ${kind} ${what}\n`),
    remove: (kind, what) => send(`- ${kind} ${what}\n`),
    close: () => {
      child?.stdin?.end("done");
      child = undefined;
    },
  };
}
