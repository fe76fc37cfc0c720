import type { CliContext } from "./command.ts";

/**
 * Opens an address in the browser. Where there is none (no display, a remote shell) that is no error: the address has been printed.
 * The token in it can be seen by others on this machine only while the browser is being told of it.
 */
export async function openUrl(context: CliContext, url: string): Promise<void> {
  const { env } = context;
  const hasDisplay = process.platform !== "linux" || Boolean(env["DISPLAY"] ?? env["WAYLAND_DISPLAY"] ?? env["WSL_DISTRO_NAME"]);
  if (!hasDisplay || env["SSH_CONNECTION"]) return void context.stderr.write("rouse: no browser can be opened from here; the address is above\n");
  try {
    const { default: open } = await import("open");
    const child = await open(url);
    child.once("error", () => context.stderr.write("rouse: no browser could be opened; the address is above\n"));
  } catch {
    context.stderr.write("rouse: no browser could be opened; the address is above\n");
  }
}
