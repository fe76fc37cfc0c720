import type { Comments, Draft } from "./draft.ts";
import type { Row } from "./result.ts";

/** A key of a container manager's file, to be read. */
export interface Reader {
  /** Of the volume or the variable. */
  readonly name: string | undefined;
  readonly comments: Comments;
  /** The value, with `!ENV` as `${VAR}` and every other `${` as `$${`; undefined, and listed, where there is none. */
  value(): string | number | boolean | undefined;
  text(): string | undefined;
  items(): Reader[];
  isCollection(): boolean;
  lost(text: string, instead: string): void;
  changed(text: string): void;
}

export interface LeafTarget {
  draft: Draft;
  base: Draft;
}

type KeyRow = Row<Reader, LeafTarget>;

const keep =
  (...path: string[]) =>
  (from: Reader, { draft }: LeafTarget): void => {
    const value = from.value();
    if (value !== undefined) draft.set(path, value, from.comments);
  };

const lower =
  (...path: string[]) =>
  (from: Reader, { draft }: LeafTarget): void => {
    const value = from.text();
    if (value === undefined) return;
    // A variable's name keeps its case.
    const small = value.includes("${") ? value : value.toLowerCase();
    if (small !== value) from.changed(`${value} is written ${small}, as the container manager read it`);
    draft.set(path, small, from.comments);
  };

/** A number of minutes or hours as a duration of at most a day, which is as far as an alarm of one-minute periods looks back. */
const time =
  (unit: "m" | "h", most: number, ...path: string[]) =>
  (from: Reader, { draft }: LeafTarget): void => {
    const value = from.value();
    if (value === undefined) return;
    const words = unit === "m" ? "minutes" : "hours";
    if (Number(value) > most) from.lost(`${value} ${words}: an alarm looks back one day at most`, "1d was written; a longer time is not there");
    const text = Number(value) > most ? "1d" : `${value}${unit}`;
    if (Number(value) <= most) from.changed(`${value} (${words}) → ${path.join(".")}: ${text}`);
    draft.set(path, text, from.comments);
  };

const never =
  (same: string | number | boolean | undefined, why: string, instead: string) =>
  (from: Reader): void => {
    if (from.isCollection() || same === undefined || from.value() !== same) from.lost(why, instead);
  };

/** Addresses with blanks or lines between; older files have a list of `Email: address`. */
function emails(from: Reader): string[] {
  const value = from.value();
  const addresses = String(value ?? "")
    .split(/\s+/)
    .filter((each) => each !== "");
  if (addresses.some((each) => each.includes("${")))
    from.changed("a variable holds one address here; where it held several, write one variable for each");
  return addresses;
}

const addEmails =
  (where: "draft" | "base") =>
  (from: Reader, to: LeafTarget): void => {
    const before = (to[where].get("alerts", "email") as string[] | undefined) ?? [];
    const all = [...new Set([...before, ...emails(from)])];
    if (all.length > 0) to[where].list(["alerts", "email"], all, from.comments);
  };

function ports(from: Reader, { draft }: LeafTarget): void {
  const list = from.items().flatMap((item) =>
    item.items().flatMap((port) => {
      const value = port.value();
      return value === undefined ? [] : [`${value}/${String(port.name).toLowerCase()}`];
    }),
  );
  if (list.length === 0) return from.lost("it has no port that could be read", "a list such as [TCP: 25565]");
  draft.list(["ports"], list, from.comments);
}

function variable(from: Reader, { draft }: LeafTarget): void {
  const text = from.text();
  if (text !== undefined) draft.set(["environment", from.name!], text, from.comments);
}

function paths(from: Reader, { draft }: LeafTarget): void {
  const list = from.items().flatMap((item) =>
    item.items().flatMap((each): string[] => {
      const value = each.value();
      if (each.name === "Path") return value === undefined ? [] : [String(value).replace(/(.)\/+$/, "$1")];
      if (each.name === "ReadOnly" && value === true)
        each.lost("a volume can be written to", "mount it under a path that the program does not write to");
      if (each.name === "EfsCacheFileMb") each.lost("the cache of the file system is not set", "nothing: Linux chooses it");
      if (!["ReadOnly", "EfsCacheFileMb"].includes(each.name ?? "")) each.lost("it is no key of a path", "Path, ReadOnly or EfsCacheFileMb");
      return [];
    }),
  );
  if (list.length > 0) draft.list(["volumes", from.name!, "paths"], list, from.comments);
}

function ssh(from: Reader, { base }: LeafTarget): void {
  const given = from.items().map((item) => item.value());
  const before = (base.get("ssh", "from") as string[] | undefined) ?? [];
  const all = [...new Set([...before, ...given.filter((each) => each !== undefined).map(String)])];
  if (all.length === 0) return;
  base.list(["ssh", "from"], all);
  from.changed(`in rouse.yaml it is for the instances of all leaves: ssh.from: [${all.join(", ")}]`);
}

function gameCidr(from: Reader): void {
  const given = from.items().map((item) => item.value());
  if (given.length === 1 && given[0] === "0.0.0.0/0") return;
  from.lost("the ports of a leaf are open to everybody", "let the program itself check who connects");
}

const volume = (key: string) => (from: Reader, to: LeafTarget) => keep("volumes", from.name!, key)(from, to);

export const LEAF_ROWS: KeyRow[] = [
  {
    old: "Ec2.InstanceType",
    becomes: "compute.instanceType",
    how: "in lower case; with `compute.on: ec2`",
    carry: (from, to) => {
      to.draft.set(["compute", "on"], "ec2");
      lower("compute", "instanceType")(from, to);
    },
  },
  {
    old: "Ec2.SshCidrAllowed",
    becomes: "rouse.yaml: ssh.from",
    how: "for the instances of all leaves; without it SSH is closed, where it was open to everybody",
    carry: ssh,
  },
  {
    old: "Ec2.GameCidrAllowed",
    becomes: "",
    how: "ports are open to everybody, as `0.0.0.0/0` was: let the program check who connects",
    carry: gameCidr,
  },
  { old: "Container.Image", becomes: "image", how: "in lower case", carry: lower("image") },
  { old: "Container.Ports", becomes: "ports", how: "`TCP: 25565` → `25565/tcp`", carry: ports },
  {
    old: "Container.Environment.<name>",
    becomes: "environment.<name>",
    how: 'as the text that reached the container: `True` → `"true"`, `1.20` → `"1.2"`; `!ENV VAR` → `${VAR}`',
    carry: variable,
  },
  { old: "Volumes.<name>.Type", becomes: "", how: "EFS is the only type", carry: never("EFS", "EFS is the only type", "EFS") },
  {
    old: "Volumes.<name>.EnableBackups",
    becomes: "volumes.<name>.backups",
    how: "volumes of a list are named `volume-1`, `volume-2`, …; a single `Volume` is `data`",
    carry: volume("backups"),
  },
  { old: "Volumes.<name>.KeepOnDelete", becomes: "volumes.<name>.keepOnDelete", how: "", carry: volume("keepOnDelete") },
  {
    old: "Volumes.<name>.KeepBackupDays",
    becomes: "",
    how: "how long backups are kept is not set: change it in the backup plan",
    carry: never(undefined, "how long backups are kept is not set here", "change it in the backup plan"),
  },
  {
    old: "Volumes.<name>.Paths",
    becomes: "volumes.<name>.paths",
    how: "`Path` alone; `ReadOnly` and `EfsCacheFileMb` cannot be carried over",
    carry: paths,
  },
  { old: "Watchdog.Threshold", becomes: "watchdog.idle.below", how: "bytes per second, as before", carry: keep("watchdog", "idle", "below") },
  {
    old: "Watchdog.MinutesWithoutConnections",
    becomes: "watchdog.idle.for",
    how: "minutes → a duration: `7` → `7m`, which is written where it was missing, too; at most `1d`",
    carry: time("m", 1440, "watchdog", "idle", "for"),
  },
  {
    old: "Watchdog.InstanceLeftUp.DurationHours",
    becomes: "watchdog.leftUp.after",
    how: "hours → a duration: `8` → `8h`; at most `1d`",
    carry: time("h", 24, "watchdog", "leftUp", "after"),
  },
  { old: "Watchdog.InstanceLeftUp.ShouldStop", becomes: "watchdog.leftUp.stop", how: "", carry: keep("watchdog", "leftUp", "stop") },
  {
    old: "Watchdog.Type",
    becomes: "",
    how: "traffic is measured in the same way for TCP and UDP",
    carry: never(
      undefined,
      "traffic is measured in the same way for TCP and UDP",
      "nothing; look whether Threshold is in bytes per second, not packets",
    ),
  },
  { old: "AlertSubscription.Email", becomes: "alerts.email", how: "text with blanks or lines between → a list", carry: addEmails("draft") },
  {
    old: "Dashboard.Enabled",
    becomes: "dashboard in rouse.yaml",
    how: "one for each leaf, or for none",
    carry: (from, { base }) => {
      if (from.value() === true) base.set(["dashboard"], true);
    },
  },
  {
    old: "Dashboard.IntervalMinutes",
    becomes: "",
    how: "the time that a dashboard shows is chosen when it is looked at",
    carry: never(undefined, "the dashboard's time is not set here", "choose it when you look at it"),
  },
  {
    old: "Dashboard.ShowContainerLogTimestamp",
    becomes: "",
    how: "log lines are shown with their time",
    carry: never(true, "log lines are shown with their time", "nothing"),
  },
];

const zones = (from: Reader, to: LeafTarget): void => {
  keep("vpc", "maxAzs")(from, to);
};

/** base-stack-config.yaml; `Domain` stood on top, or in `Vpc`. */
export const BASE_ROWS: KeyRow[] = [
  { old: "Vpc.MaxAZs", becomes: "rouse.yaml: vpc.maxAzs", how: "", carry: zones },
  { old: "Domain.Name", becomes: "rouse.yaml: domain.name", how: "in lower case", carry: lower("domain", "name") },
  { old: "Domain.HostedZoneId", becomes: "rouse.yaml: domain.hostedZoneId", how: "", carry: keep("domain", "hostedZoneId") },
  { old: "Vpc.Domain.Name", becomes: "rouse.yaml: domain.name", how: "in lower case", carry: lower("domain", "name") },
  { old: "Vpc.Domain.HostedZoneId", becomes: "rouse.yaml: domain.hostedZoneId", how: "", carry: keep("domain", "hostedZoneId") },
  {
    old: "AlertSubscription.Email",
    becomes: "rouse.yaml: alerts.email",
    how: "text with blanks or lines between → a list",
    carry: addEmails("base"),
  },
];
