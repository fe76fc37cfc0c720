import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import type { ContainerStats } from "../runtime.ts";

/** Linux's USER_HZ, the unit of the times in /proc/<pid>/stat; 100 on every architecture that Node.js runs on (proc(5)). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** CPU time and resident memory of all processes of a process group; undefined when there is none, or it cannot be read. */
export function groupStats(group: number): Promise<ContainerStats | undefined> {
  return process.platform === "linux" ? Promise.resolve(fromProc(group)) : fromPs(group);
}

function fromProc(group: number): ContainerStats | undefined {
  let found = false;
  let ticks = 0;
  let pages = 0;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = statFields(entry);
    // Fields after the command's closing parenthesis: state ppid pgrp … utime(11) stime(12) … rss(21); see proc(5).
    if (!fields || Number(fields[2]) !== group) continue;
    found = true;
    ticks += Number(fields[11]) + Number(fields[12]);
    pages += Number(fields[21]);
  }
  return found ? { cpuSeconds: ticks / TICKS_PER_SECOND, memoryBytes: pages * PAGE_BYTES } : undefined;
}

function statFields(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined; // It has ended since readdir.
  }
}

function fromPs(group: number): Promise<ContainerStats | undefined> {
  return new Promise((resolve) => {
    execFile("ps", ["-A", "-o", "pgid=,rss=,time="], (error, stdout) => {
      if (error) return resolve(undefined);
      const rows = stdout
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter((row) => Number(row[0]) === group);
      if (rows.length === 0) return resolve(undefined);
      resolve({
        cpuSeconds: rows.reduce((sum, row) => sum + seconds(row[2] ?? "0"), 0),
        memoryBytes: rows.reduce((sum, row) => sum + Number(row[1]) * 1024, 0),
      });
    });
  });
}

/** `[[dd-]hh:]mm:ss[.ss]`, as ps prints it. */
function seconds(text: string): number {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text];
  return (clock ?? "0").split(":").reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}
