import { z } from "zod";
import { permissions, secrets } from "./access-schema.ts";
import { alerts } from "./alerts-schema.ts";
import { compute } from "./compute-schema.ts";
import { build, childProcess, textMap, volume } from "./container-schema.ts";
import { existing } from "./existing-schema.ts";
import { pathPattern } from "./engine-values.ts";
import { count, line, list, setting, words } from "./pieces.ts";
import { scale } from "./scale-schema.ts";
import { domainName, duration, port } from "./values.ts";
import { wake } from "./wake-schema.ts";
import { health, watchdog } from "./watch-schema.ts";

// Five condition values per rule: ELB user guide, "Quotas for your Application Load Balancers".
const MOST_PATTERNS = 5;
const route = z
  .union([pathPattern("A path pattern."), z.array(pathPattern("A path pattern.")).min(1).max(MOST_PATTERNS)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .meta({
    description:
      "Engines and always-on services: paths on the shared load balancer that lead to it. `*` stands for any characters, also slashes, `?` for one; case matters. Required for a wake by http; an always-on service with `ports` has `/*` without it. The path arrives as it is: nothing is cut off.",
    allowed: "a path pattern such as /api/auth/*, or a list of at most 5",
  });

export const leafSchema = z
  .strictObject({
    wake,
    image: line({
      description: "Container image, with a tag or digest if you like.",
      allowed: "an image such as itzg/minecraft-server",
      pattern: "^\\S+$",
    }).optional(),
    build: build.optional(),
    command: words("Replaces the image's command (CMD).").optional(),
    entrypoint: words("Replaces the image's entry point (ENTRYPOINT).").optional(),
    ports: list(port, {
      description:
        "Ports that clients connect to. Wake by DNS (required): open to everybody. Engines (required with a `route`) and always-on services (without them a worker that nothing reaches): TCP, reached by the load balancer only, which sends requests to the first.",
      allowed: "a list such as [25565/tcp, 19132/udp]",
      min: 1,
    }).optional(),
    environment: textMap("Environment variables of the container. Not for secrets: they can be read in the task definition."),
    compute: compute.optional(),
    route: route.optional(),
    priority: count({
      // Elastic Load Balancing API reference, CreateRule, Priority.
      min: 1,
      max: 50_000,
      description:
        "Engines and always-on services: which rule of the load balancer is looked at first, 1 before 50000. Default: made from the route and the leaf's name, so that a name of its own comes first, then a route with more segments.",
    }).optional(),
    drain: duration("Engines and always-on services: how long open requests may go on when a task is stopped (deregistration delay).", {
      min: 0,
      max: 3600,
    }).prefault("30s"),
    existing: existing.optional(),
    scale: scale.optional(),
    visibility: z
      .literal(["public", "internal"])
      .meta({
        description: "Always on: whether the load balancer is open to everybody, or to the network (VPC) only. Default: public.",
        allowed: "public, internal",
      })
      .optional(),
    secrets,
    permissions,
    volumes: z
      .record(setting("volume", "^[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,62})$", "letters, digits, hyphens and underscores, at most 63"), volume)
      .meta({ description: "Storage that is kept while the leaf sleeps, by name.", allowed: "a map from a name to {paths, backups, keepOnDelete}" })
      .prefault({}),
    watchdog,
    alerts: alerts("this leaf"),
    health: health.optional(),
    // The ECS API reference gives a maximum (120 s) and a minimum (2 s) for Fargate only; ContainerDefinition, stopTimeout.
    stopTimeout: duration("Time between the stop signal and the kill. The process can save its data in it.", { min: 2, max: 120 }).prefault("30s"),
    domain: domainName(
      "Wake by DNS: name of the leaf. Default: `<leaf>.<application>.<domain.name>`, in the zone that leaves share. Below `domain.name` and outside that zone it gets a zone of its own. Always on: a name of its own on the load balancer, with a certificate, HTTPS and an alias record; without it the load balancer's own name.",
    ).optional(),
    process: childProcess.optional(),
  })
  .meta({ title: "leaves/<leaf>.yaml", description: "One container: what wakes it, what it runs on, what puts it to sleep." });
